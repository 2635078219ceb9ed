/* Waits on a condition, interposed where a machine's pools wait so for work (called_wait). They are left with a jump, so
 * that a thread may be cancelled in them. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "agent/process/thread.h"
#include "agent/unit/descriptors.h"
#include "collectors/libc/streams.h"

static inline bool is_called(void)
{
    return unlikely(atomic_load_explicit(&called_expects, memory_order_relaxed)) && thread_self->alive;
}

#define CONDITION(name, parameters, arguments)                                                                                   \
    EXPORT HOT int name parameters                                                                                               \
    {                                                                                                                            \
        static void *_Atomic real;                                                                                               \
        void *function = atomic_load_explicit(&real, memory_order_relaxed);                                                      \
                                                                                                                                 \
        if (is_called())                                                                                                         \
            called_wait(thread_self);                                                                                            \
        if (unlikely(!function))                                                                                                 \
            function = stream_real(#name, &real);                                                                                \
        return ((int(*) parameters)function)arguments;                                                                           \
    }

CONDITION(pthread_cond_wait, (pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex), (condition, mutex))
CONDITION(pthread_cond_timedwait,
          (pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict until),
          (condition, mutex, until))
