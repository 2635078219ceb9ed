/* A small mutex on a futex: one word, no allocation, cleared by writing 0 (as the child of a fork does). The word is who has it.
 *
 * For short sections only: never held across a call into the observed library. Not recursive. errno is preserved.
 *
 * lock_take makes its section a calm one (calm.h), so that nobody but its own code keeps it. Where a pair of system calls would
 * be dear there is lock_take_briefly, for some 50 ns: a signal handler may interrupt that section and never come back, so it can
 * fail.
 */
#ifndef NPLUS1_AGENT_BASE_LOCK_H
#define NPLUS1_AGENT_BASE_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"

struct lock {
    _Atomic uint64_t state; /* 0: free. lock_self of the thread that has it, and the flags below */
};

#define LOCK_WAITED_FOR UINT64_C(1) /* somebody may wait */
#define LOCK_ABANDONED  UINT64_C(2) /* somebody waited in vain: whoever has it will hardly come back */
#define LOCK_FLAGS      (LOCK_WAITED_FOR | LOCK_ABANDONED)

/* What no two threads of a process have in common: where the calling one's descriptor is, which stands at its beginning (the
 * x86-64 supplement of the System V ABI, thread-local storage). */
static inline uint64_t lock_self(void)
{
    uint64_t self;

    __asm__("mov %%fs:0, %0" : "=r"(self));
    return self;
}

void lock_take(struct lock *lock);
void lock_release(struct lock *lock);

/* False when it has not come free within so many nanoseconds. Released as by lock_take. */
bool lock_take_within(struct lock *lock, uint64_t ns);

bool lock_wait_briefly(struct lock *lock); /* slow path of lock_take_briefly */
void lock_wake(struct lock *lock);

/* False when the calling thread has it already, and a handler that interrupted it asks; or when whoever has it has not come back
 * for a second. Nothing that the lock guards may be touched then, and nothing is released. */
__attribute__((warn_unused_result)) static inline bool lock_take_briefly(struct lock *lock)
{
    uint64_t expected = 0;

    return likely(atomic_compare_exchange_strong_explicit(&lock->state, &expected, lock_self(), memory_order_acquire,
                                                          memory_order_relaxed)) ||
           lock_wait_briefly(lock);
}

static inline void lock_release_brief(struct lock *lock)
{
    if (unlikely(atomic_exchange_explicit(&lock->state, 0, memory_order_release) & LOCK_WAITED_FOR))
        lock_wake(lock);
}

/* The same of a lock that is hardly ever waited for, without a locked instruction, which would wait for all that was stored
 * before it. Whoever begins to wait at this moment may not be woken, and looks again within a millisecond. */
static inline void lock_release_alone(struct lock *lock)
{
    if (unlikely(atomic_load_explicit(&lock->state, memory_order_relaxed) & LOCK_FLAGS))
        lock_release_brief(lock);
    else
        atomic_store_explicit(&lock->state, 0, memory_order_release);
}

#endif
