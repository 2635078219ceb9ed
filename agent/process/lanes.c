#include "agent/process/lanes.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

#include "agent/base/clock.h"

#define SPINS     1000                /* some 10 us: what is done in a lane takes a few */
#define LANE_KEPT (UINT64_C(1) << 32) /* ticks, 1 to 2 s: one that is idle for longer goes before there is another one more */

/* owner: the task, times 2, and 1 more while it is in the agent; 0: none yet. Whoever makes it odd has the lane. */
static struct lane {
    _Atomic uint64_t owner;
    _Atomic uint64_t since; /* ticks, when it was left last */
    struct thread *thread;
} lanes[LANES];

#define ASKED 256

static _Atomic uint64_t asked[ASKED]; /* tasks */

void lanes_note_asked(uint64_t task)
{
    atomic_store_explicit(&asked[task % ASKED], task, memory_order_relaxed);
}

bool lanes_was_asked(const struct lane *lane)
{
    uint64_t task = atomic_load_explicit(&lane->owner, memory_order_relaxed) >> 1;

    return atomic_load_explicit(&asked[task % ASKED], memory_order_relaxed) == task;
}

static bool claim(struct lane *lane, uint64_t owner, uint64_t task)
{
    return atomic_compare_exchange_strong_explicit(&lane->owner, &owner, task << 1 | 1, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* Whether a lane could be had that another thread is in for the same task. */
static bool wait_for(struct lane *lane, uint64_t task)
{
    for (unsigned i = 0; i < SPINS; i++) {
        uint64_t owner = atomic_load_explicit(&lane->owner, memory_order_relaxed);
        if (owner >> 1 != task)
            return false;
        if (owner == task << 1 && claim(lane, owner, task))
            return true;
        __builtin_ia32_pause();
    }
    return false;
}

/* Its own lane; NULL: it has none, or, *ret_busy, another thread that carries the task is in there. */
static struct lane *find(uint64_t task, bool *ret_busy)
{
    *ret_busy = false;
    for (unsigned i = 0; i < LANES; i++) {
        if (atomic_load_explicit(&lanes[i].owner, memory_order_relaxed) >> 1 != task)
            continue;
        if (wait_for(&lanes[i], task))
            return &lanes[i];
        *ret_busy = true;
        return NULL;
    }
    return NULL;
}

/* One that is nobody's any more, else a new one, else the one that has been idle for the longest time. */
static struct lane *choose(uint64_t now, uint64_t *ret_owner)
{
    struct lane *oldest = NULL, *fresh = NULL;
    uint64_t since = now;

    for (unsigned i = 0; i < LANES; i++) {
        uint64_t owner = atomic_load_explicit(&lanes[i].owner, memory_order_relaxed);
        uint64_t at = atomic_load_explicit(&lanes[i].since, memory_order_relaxed);
        if (owner == 0 && !fresh)
            fresh = &lanes[i];
        if (owner == 0 || (owner & 1) || at >= since)
            continue;
        oldest = &lanes[i];
        since = at;
        *ret_owner = owner;
    }
    if (!fresh || now - since > LANE_KEPT)
        return oldest;
    *ret_owner = 0;
    return fresh;
}

/* A lane for somebody who has none; NULL: all are taken, or there is no memory. */
static struct lane *take(uint64_t task)
{
    uint64_t owner = 0;
    struct lane *lane = choose(clock_ticks(), &owner);

    if (!lane || !claim(lane, owner, task))
        return NULL;
    if (!lane->thread)
        lane->thread = thread_take();
    else
        thread_end(lane->thread);
    if (lane->thread) {
        lane->thread->lane = lane;
        thread_begin(lane->thread);
        return lane;
    }
    atomic_store_explicit(&lane->owner, 0, memory_order_release);
    return NULL;
}

/* What is remembered of a stack is of that on which it ran before. */
static struct thread *go_on(struct lane *lane, struct thread *carrier)
{
    struct thread *thread = lane->thread;

    if (thread->stack_high && thread->carrier_before != carrier)
        thread_change_stack(thread);
    thread->carrier = thread->carrier_before = carrier;
    thread_self = thread;
    thread = thread_current();
    if (unlikely(!thread))
        thread_leave_lane_now(lane->thread);
    return thread;
}

struct thread *thread_enter_lane(struct thread *carrier, uint64_t task)
{
    int saved_errno = errno;
    bool is_busy;
    struct lane *lane = find(task, &is_busy);

    if (!lane && !is_busy)
        lane = take(task);
    errno = saved_errno;
    return lane ? go_on(lane, carrier) : carrier;
}

struct thread *lanes_enter_again(struct thread *carrier, uint64_t task)
{
    bool is_busy;
    struct lane *lane = find(task, &is_busy);

    return lane ? go_on(lane, carrier) : NULL;
}

void thread_leave_lane_now(struct thread *thread)
{
    struct lane *lane = thread->lane;

    thread_self = thread->carrier;
    thread->carrier = NULL;
    atomic_store_explicit(&lane->since, clock_ticks(), memory_order_relaxed);
    atomic_fetch_and_explicit(&lane->owner, ~UINT64_C(1), memory_order_release);
}

void lanes_reset_after_fork(void)
{
    for (unsigned i = 0; i < LANES; i++) {
        lanes[i].owner = 0;
        lanes[i].thread = NULL;
    }
}
