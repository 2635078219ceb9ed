/* A small mutex on a futex: one word, no allocation, no ownership record, cleared by writing 0 (as the child of a fork does).
 *
 * For short sections only: never held across a call into the observed library. Not recursive. Not for signal handlers: a handler
 * that interrupts a holder and calls the database anew was never allowed to do so by the database libraries either.
 */
#ifndef NPLUS1_AGENT_BASE_LOCK_H
#define NPLUS1_AGENT_BASE_LOCK_H

#include <stdatomic.h>
#include <stdint.h>

#include "agent/base/compiler.h"

struct lock {
    _Atomic uint32_t state; /* 0 free, 1 taken, 2 taken and somebody may wait */
};

void lock_wait(struct lock *lock); /* slow path of lock_take */
void lock_wake(struct lock *lock); /* slow path of lock_release */

static inline void lock_take(struct lock *lock)
{
    uint32_t expected = 0;
    if (unlikely(
            !atomic_compare_exchange_strong_explicit(&lock->state, &expected, 1, memory_order_acquire, memory_order_relaxed)))
        lock_wait(lock);
}

static inline void lock_release(struct lock *lock)
{
    if (unlikely(atomic_exchange_explicit(&lock->state, 0, memory_order_release) == 2))
        lock_wake(lock);
}

#endif
