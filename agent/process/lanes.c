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
    uint64_t inside;       /* the task that entered it last: the owner, or one that works for it */
    struct lane_task task; /* the owner's; only whoever has the lane writes it */
} lanes[LANES];

/* Ticks, as UNIT_IDLE: whoever has done nothing for so long is at something else than what the task that it has started does. */
#define LANE_LENT (UINT64_C(1) << 27)

/* Tasks that came lately, and in whose lanes they were: their own, another one's, or, NOBODY, in none. Any thread reads and
 * writes; the words of one place fit together only when one writer wrote both. */
#define KNOWN  1024
#define NOBODY UINT64_MAX
static struct known {
    _Atomic uint64_t check, owner; /* the task xor the owner */
} known[KNOWN];

static uint64_t known_owner(uint64_t task)
{
    struct known *place = &known[task % KNOWN];
    uint64_t owner = atomic_load_explicit(&place->owner, memory_order_relaxed);

    return (atomic_load_explicit(&place->check, memory_order_relaxed) ^ owner) == task ? owner : 0;
}

static void note_owner(uint64_t task, uint64_t owner)
{
    struct known *place = &known[task % KNOWN];

    atomic_store_explicit(&place->owner, owner, memory_order_relaxed);
    atomic_store_explicit(&place->check, task ^ owner, memory_order_relaxed);
}

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

/* Its task has ended, for all that is known. */
static bool is_over(const struct lane *lane, uint64_t owner)
{
    return lane->task.is_over && lane->task.is_over(owner >> 1, lane->task.handle);
}

/* One whose task has ended, that of one with the same maker before others; else one that is nobody's any more, a new one, or the
 * one that has been idle for the longest time. */
static struct lane *choose(uint64_t now, uint64_t maker, uint64_t *ret_owner)
{
    struct lane *oldest = NULL, *fresh = NULL, *over = NULL;
    uint64_t since = now;

    for (unsigned i = 0; i < LANES; i++) {
        uint64_t owner = atomic_load_explicit(&lanes[i].owner, memory_order_acquire);
        uint64_t at = atomic_load_explicit(&lanes[i].since, memory_order_relaxed);
        if (owner == 0 && !fresh)
            fresh = &lanes[i];
        if (owner == 0 || (owner & 1))
            continue;
        if ((!over || lanes[i].task.maker == maker) && is_over(&lanes[i], owner)) {
            over = &lanes[i];
            *ret_owner = owner;
            if (over->task.maker == maker)
                return over;
        }
        if (over || at >= since)
            continue;
        oldest = &lanes[i];
        since = at;
        *ret_owner = owner;
    }
    if (over)
        return over;
    if (!fresh || now - since > LANE_KEPT)
        return oldest;
    *ret_owner = 0;
    return fresh;
}

/* Whether the owner of a lane has been at work just now, or is. */
static bool is_at_work(uint64_t owner)
{
    for (unsigned i = 0; i < LANES; i++) {
        uint64_t found = atomic_load_explicit(&lanes[i].owner, memory_order_relaxed);
        if (found >> 1 == owner)
            return (found & 1) || clock_ticks() - atomic_load_explicit(&lanes[i].since, memory_order_relaxed) < LANE_LENT;
    }
    return false;
}

/* One that was started for a part of what its maker does goes on where another such one ended. */
static bool goes_on_with(const struct lane *lane, const struct lane_task *task)
{
    return task->maker && lane->task.maker == task->maker && is_at_work(task->maker);
}

static struct thread *state_for(struct lane *lane, const struct lane_task *task)
{
    struct thread *thread = lane->thread;

    if (thread && goes_on_with(lane, task))
        return thread;
    if (thread)
        thread_end(thread);
    else
        thread = thread_take();
    if (thread) {
        thread->lane = lane;
        thread_begin(thread);
    }
    return thread;
}

/* A lane for somebody who has none; NULL: all are taken, or there is no memory. */
static struct lane *take(const struct lane_task *task)
{
    uint64_t owner = 0;
    struct lane *lane = choose(clock_ticks(), task->maker, &owner);

    if (!lane || !claim(lane, owner, task->number))
        return NULL;
    lane->thread = state_for(lane, task);
    lane->task = *task;
    if (lane->thread)
        return lane;
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
        lane = take(&(struct lane_task){.number = task});
    errno = saved_errno;
    return lane ? go_on(lane, carrier) : carrier;
}

struct thread *lanes_enter_again(struct thread *carrier, uint64_t task)
{
    bool is_busy;
    struct lane *lane = find(task, &is_busy);

    return lane ? go_on(lane, carrier) : NULL;
}

/* Whose lane a task is to have that has none of its own: its own to be, or that of whoever it works for; NOBODY: none. */
static uint64_t owner_for(const struct lane_task *task, bool begins)
{
    uint64_t owner = task->maker && !begins ? known_owner(task->maker) : 0;

    if (owner && owner != NOBODY && is_at_work(owner))
        return owner;
    return begins || known_owner(task->number) ? task->number : NOBODY;
}

struct thread *lanes_enter_or_join(struct thread *carrier, const struct lane_task *task, bool begins)
{
    int saved_errno = errno;
    bool is_busy;
    struct lane *lane = find(task->number, &is_busy);

    if (!lane && !is_busy) {
        uint64_t owner = owner_for(task, begins);
        if (owner != NOBODY)
            lane = owner == task->number ? take(task) : find(owner, &is_busy);
        note_owner(task->number, owner);
    }
    errno = saved_errno;
    if (!lane)
        return carrier;
    lane->inside = task->number;
    return go_on(lane, carrier);
}

bool lanes_is_in(const struct thread *thread, uint64_t task)
{
    return thread->lane->inside == task;
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
