#include "transaction.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "group.h"
#include "thread.h"

static _Atomic uint64_t last_serial;

static void opened(struct thread *thread, struct transaction *transaction, struct group_shard *shard)
{
    transaction->serial = atomic_fetch_add_explicit(&last_serial, 2, memory_order_relaxed) + 1;
    transaction->thread = thread;
    transaction->shard = shard;
    transaction->since = clock_ticks();
    transaction->busy = thread->busy;
    thread->transactions++;
}

/* Kept of the one that was open longest without being busy. */
static void closed(struct thread *thread, struct transaction *transaction)
{
    uint64_t open = clock_ticks() - transaction->since, busy = thread->busy - transaction->busy, *facts;

    transaction->serial++;
    if (transaction->thread == thread && thread->transactions)
        thread->transactions--;
    if (!transaction->shard || transaction->thread != thread || open <= busy)
        return; /* begun in another thread, or before a fork: its time is unknown */
    facts = group_facts(thread, transaction->shard);
    if (facts &&
        open - busy > *counters_word(facts, FACT_TRANSACTION_TICKS) - *counters_word(facts, FACT_TRANSACTION_BUSY_TICKS)) {
        *counters_word(facts, FACT_TRANSACTION_BUSY_TICKS) = busy;
        *counters_word(facts, FACT_TRANSACTION_TICKS) = open;
    }
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
