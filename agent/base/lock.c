#include "agent/base/lock.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <time.h>

#include "agent/base/calm.h"
#include "agent/base/clock.h"
#include "agent/base/system.h"

#define SECOND       UINT64_C(1000000000)
#define NEVER        UINT64_MAX
#define REFUSALS_MAX 1000000           /* of a wait with an end: a seccomp filter forbids to wait, and maybe to ask the time */
#define SLICE        UINT64_C(1000000) /* of a wait with an end, as lock_release_alone may wake nobody */

/* The half of the state that a futex can be: the low one, in which LOCK_WAITED_FOR stands. */
static long futex_of(struct lock *lock)
{
    return (long)(uintptr_t)&lock->state;
}

void lock_wake(struct lock *lock)
{
    system_call(SYS_futex, futex_of(lock), FUTEX_WAKE_PRIVATE, 1, 0, 0);
}

/* Whoever has waited takes it as one that is waited for: there may be others. */
static bool take(struct lock *lock, uint64_t wait_ns)
{
    const uint64_t self = lock_self(), end = wait_ns == NEVER ? NEVER : clock_monotonic_ns() + wait_ns;
    uint64_t state = 0;
    unsigned refusals = 0;

    if (atomic_compare_exchange_strong(&lock->state, &state, self))
        return true;
    for (;;) {
        struct timespec rest = {0};
        uint64_t now;

        if (state == 0) {
            if (atomic_compare_exchange_strong(&lock->state, &state, self | LOCK_WAITED_FOR))
                return true;
            continue;
        }
        if ((state & ~LOCK_FLAGS) == self)
            return false;
        if (!(state & LOCK_WAITED_FOR)) {
            if (!atomic_compare_exchange_strong(&lock->state, &state, state | LOCK_WAITED_FOR))
                continue;
            state |= LOCK_WAITED_FOR;
        }
        if (end != NEVER) {
            now = clock_monotonic_ns();
            if (now >= end)
                return false;
            rest.tv_nsec = (long)(end - now < SLICE ? end - now : SLICE);
        }
        if (system_call(SYS_futex, futex_of(lock), FUTEX_WAIT_PRIVATE, (uint32_t)state, end == NEVER ? 0 : (long)(uintptr_t)&rest,
                        0) == -EPERM &&
            end != NEVER && ++refusals > REFUSALS_MAX)
            return false;
        state = atomic_load(&lock->state);
    }
}

void lock_take(struct lock *lock)
{
    calm_begin();
    take(lock, NEVER);
}

bool lock_take_within(struct lock *lock, uint64_t ns)
{
    calm_begin();
    if (take(lock, ns))
        return true;
    calm_end();
    return false;
}

void lock_release(struct lock *lock)
{
    lock_release_brief(lock);
    calm_end();
}

bool lock_wait_briefly(struct lock *lock)
{
    uint64_t state = atomic_load(&lock->state);

    if (state & LOCK_ABANDONED)
        return false;
    if (take(lock, SECOND))
        return true;
    state = atomic_load(&lock->state);
    if (state && (state & ~LOCK_FLAGS) != lock_self())
        atomic_compare_exchange_strong(&lock->state, &state, state | LOCK_ABANDONED);
    return false;
}
