/* What a program sets up for SIGBUS, interposed so that it is told of its own alone (agent/recording/bus.h). Other signals only
 * pass. Every function is safe where the real one is. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "agent/base/compiler.h"
#include "agent/loading/real.h"
#include "agent/recording/bus.h"

#define REAL(type, name, parameters, arguments)                                                                                  \
    static type name##_real parameters                                                                                           \
    {                                                                                                                            \
        static type(*_Atomic known) parameters;                                                                                  \
        type(*function) parameters = atomic_load_explicit(&known, memory_order_relaxed);                                         \
                                                                                                                                 \
        if (unlikely(!function)) {                                                                                               \
            int saved_errno = errno;                                                                                             \
            *(void **)&function = real_next(#name);                                                                              \
            atomic_store_explicit(&known, function, memory_order_relaxed);                                                       \
            errno = saved_errno;                                                                                                 \
        }                                                                                                                        \
        return function arguments;                                                                                               \
    }

REAL(int, sigaction, (int number, const struct sigaction *action, struct sigaction *old), (number, action, old))

EXPORT int sigaction(int number, const struct sigaction *restrict action, struct sigaction *restrict old)
{
    return number == SIGBUS ? bus_sigaction(action, old) : sigaction_real(number, action, old);
}

/* signal(3) of BSD and of System V, as glibc has them. */
static sighandler_t set_up(sighandler_t handler, int flags, bool blocks)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags}, old;

    sigemptyset(&action.sa_mask);
    if (blocks)
        sigaddset(&action.sa_mask, SIGBUS);
    return bus_sigaction(&action, &old) == 0 ? old.sa_handler : SIG_ERR;
}

#define SETS_UP(name, flags, blocks)                                                                                             \
    REAL(sighandler_t, name, (int number, sighandler_t handler), (number, handler))                                              \
    sighandler_t name(int number, sighandler_t handler);                                                                         \
    EXPORT sighandler_t name(int number, sighandler_t handler)                                                                   \
    {                                                                                                                            \
        return number == SIGBUS ? set_up(handler, flags, blocks) : name##_real(number, handler);                                 \
    }

SETS_UP(signal, SA_RESTART, true)
SETS_UP(bsd_signal, SA_RESTART, true)
SETS_UP(ssignal, SA_RESTART, true)
SETS_UP(sysv_signal, (int)(SA_RESETHAND | SA_NODEFER), false)
SETS_UP(__sysv_signal, (int)(SA_RESETHAND | SA_NODEFER), false)

/* Seldom used, and with a memory of their own: they have the real thing. */
#define IS_LEFT(type, name, parameters, arguments)                                                                               \
    REAL(type, name, parameters, arguments)                                                                                      \
    type name parameters;                                                                                                        \
    EXPORT type name parameters                                                                                                  \
    {                                                                                                                            \
        if (number == SIGBUS)                                                                                                    \
            bus_give_back();                                                                                                     \
        return name##_real arguments;                                                                                            \
    }

IS_LEFT(sighandler_t, sigset, (int number, sighandler_t handler), (number, handler))
IS_LEFT(int, sigignore, (int number), (number))
IS_LEFT(int, siginterrupt, (int number, int interrupts), (number, interrupts))
