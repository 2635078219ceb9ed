#include "agent/unit/transaction.h"

#include <stdatomic.h>

#include "agent/base/clock.h"
#include "agent/group/group.h"
#include "agent/recording/recording.h"
#include "agent/evidence/source.h"
#include "agent/process/thread.h"

#define PLACES_MAX 32 /* of a thread: more transactions at once are not worth more records */

/* A record that says which transaction is open. It stays with the thread that made it, but any thread may say that it is free. */
struct transaction_place {
    struct transaction_place *next;
    uint32_t generation; /* of the recording */
    uint32_t count;      /* this one and those after it */
    uint64_t *words;
};

static _Atomic uint64_t last_serial;
static _Atomic uint32_t last_place;

static struct transaction_place *place_add(struct thread *thread)
{
    uint32_t count = thread->places ? thread->places->count + 1 : 1;
    struct transaction_place *place = count <= PLACES_MAX && !recording_is_full() ? pool_alloc(&thread->pool, sizeof *place)
                                                                                  : NULL;

    if (!place)
        return NULL;
    lock_take(&recording_lock);
    place->words = recording_append_counters(COUNTERS_OPEN_TRANSACTION, ++last_place, thread->shard);
    lock_release(&recording_lock);
    if (!place->words)
        return NULL;
    place->generation = recording_generation;
    place->count = count;
    place->next = thread->places;
    return thread->places = place;
}

static struct transaction_place *place_take(struct thread *thread)
{
    for (struct transaction_place *place = thread->places; place; place = place->next) {
        if (__atomic_load_n(counters_word(place->words, OPEN_SINCE_TICKS), __ATOMIC_ACQUIRE) == 0)
            return place;
    }
    return place_add(thread);
}

static void place_give(struct transaction_place *place)
{
    if (place && place->generation == recording_generation) /* else it is in the file of a fork's parent */
        __atomic_store_n(counters_word(place->words, OPEN_SINCE_TICKS), 0, __ATOMIC_RELEASE);
}

static void opened(struct thread *thread, struct transaction *transaction, struct group_shard *shard)
{
    transaction->serial = atomic_fetch_add_explicit(&last_serial, 2, memory_order_relaxed) + 1;
    transaction->thread = thread;
    transaction->shard = shard;
    transaction->since = clock_ticks();
    transaction->busy = thread->busy;
    transaction->place = shard ? place_take(thread) : NULL;
    thread->transactions++;
    if (!transaction->place)
        return;
    *counters_word(transaction->place->words, OPEN_BUSY_TICKS) = transaction->busy;
    *counters_word(transaction->place->words, OPEN_OPENER) = shard->group->id;
    __atomic_store_n(counters_word(transaction->place->words, OPEN_SINCE_TICKS), transaction->since, __ATOMIC_RELEASE);
}

/* Kept of the one that was open longest without being busy. */
static void keep_longest(struct thread *thread, const struct transaction *transaction)
{
    uint64_t open = clock_ticks() - transaction->since, busy = thread->busy - transaction->busy, *facts;

    if (!transaction->shard || transaction->thread != thread || open <= busy)
        return; /* begun in another thread, or before a fork: its time is unknown */
    facts = group_facts(thread, transaction->shard);
    if (facts &&
        open - busy > *counters_word(facts, FACT_TRANSACTION_TICKS) - *counters_word(facts, FACT_TRANSACTION_BUSY_TICKS)) {
        *counters_word(facts, FACT_TRANSACTION_BUSY_TICKS) = busy;
        *counters_word(facts, FACT_TRANSACTION_TICKS) = open;
    }
}

static void closed(struct thread *thread, struct transaction *transaction)
{
    transaction->serial++;
    if (transaction->thread == thread && thread->transactions)
        thread->transactions--;
    keep_longest(thread, transaction);
    place_give(transaction->place); /* last: a process that dies in between says it twice rather than never */
    transaction->place = NULL;
}

void transaction_now(struct thread *thread, struct transaction *transaction, struct group_shard *shard, bool open)
{
    if (open == transaction_is_open(transaction))
        return;
    if (open)
        opened(thread, transaction, shard);
    else
        closed(thread, transaction);
}

void transaction_busy(struct thread *thread, struct transaction *transaction, bool others)
{
    if (unlikely(transaction->busy_unit != thread->unit) || unlikely(transaction->busy_thread != thread)) {
        transaction->busy_thread = thread;
        transaction->busy_from = (thread->sources ? thread->sources->last_episode : 0) + 1;
    }
    thread->crowded = others;
    if (likely(!others))
        return;
    thread->was_crowded = true;
    thread->last_shard = NULL; /* the serial will be looked at */
    if (transaction->serial == 0)
        transaction->serial = atomic_fetch_add_explicit(&last_serial, 2, memory_order_relaxed) + 2;
}
