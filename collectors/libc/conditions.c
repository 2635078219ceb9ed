/* Waits on conditions and semaphores, interposed where a machine's pools wait so for work (called_wait). They are left with a
 * jump, so that a thread may be cancelled in them. */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

#include "agent/process/thread.h"
#include "agent/unit/descriptors.h"
#include "collectors/libc/streams.h"

#define CALLED(how, name, parameters, arguments)                                                                                 \
    EXPORT HOT int name parameters                                                                                               \
    {                                                                                                                            \
        static void *_Atomic real;                                                                                               \
        void *function = atomic_load_explicit(&real, memory_order_relaxed);                                                      \
                                                                                                                                 \
        if (called_is_expected(how) && thread_self->alive)                                                                       \
            called_wait(thread_self, how);                                                                                       \
        if (unlikely(!function))                                                                                                 \
            function = stream_real(#name, &real);                                                                                \
        return ((int(*) parameters)function)arguments;                                                                           \
    }

CALLED(CALLED_BY_CONDITIONS, pthread_cond_wait, (pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex),
       (condition, mutex))
CALLED(CALLED_BY_CONDITIONS, pthread_cond_timedwait,
       (pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex, const struct timespec *restrict until),
       (condition, mutex, until))
CALLED(CALLED_BY_SEMAPHORES, sem_wait, (sem_t * semaphore), (semaphore))
CALLED(CALLED_BY_SEMAPHORES, sem_timedwait, (sem_t *restrict semaphore, const struct timespec *restrict until),
       (semaphore, until))
CALLED(CALLED_BY_SEMAPHORES, sem_clockwait, (sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict until),
       (semaphore, clock, until))
