#include "agent/base/calm.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>

#include "agent/base/system.h"

#define BIT(signal) (UINT64_C(1) << ((signal)-1))

/* Those that the kernel sends for what the thread itself has just done: blocked, they would kill. 33 is glibc's, for setuid in
 * all threads at once. */
#define NEVER_BLOCKED (BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGTRAP) | BIT(SIGSYS) | BIT(33))

static __thread struct {
    unsigned depth;
    int cancel_state;
    uint64_t mask; /* of the program */
} calm;

static void change_mask(int how, uint64_t mask, uint64_t *ret_before)
{
    system_call(SYS_rt_sigprocmask, how, (long)&mask, (long)ret_before, sizeof mask, 0);
}

void calm_begin(void)
{
    uint64_t before = 0;

    if (calm.depth == 0) {
        /* A handler that runs now has a calm section of its own. What the program blocks stays so, whichever it is: one of those
         * that are never blocked may have been sent by somebody, and wait for a sigwait. */
        change_mask(SIG_BLOCK, ~NEVER_BLOCKED, &before);
        calm.mask = before;
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &calm.cancel_state);
    }
    calm.depth++;
}

void calm_end(void)
{
    uint64_t mask = calm.mask;

    if (--calm.depth > 0)
        return;
    pthread_setcancelstate(calm.cancel_state, NULL);
    change_mask(SIG_SETMASK, mask, NULL);
}
