#include "agent/unit/transaction.h"

#include <stdatomic.h>

#include "agent/base/clock.h"
#include "agent/process/thread.h"

static _Atomic uint64_t last_serial;

void transaction_opened(struct thread *thread, struct transaction *transaction, struct group_shard *shard)
{
    transaction->serial = atomic_fetch_add_explicit(&last_serial, 2, memory_order_relaxed) + 1;
    transaction->thread = thread;
    transaction->shard = shard;
    transaction->wrote = NULL;
    transaction->since = clock_ticks();
    transaction->busy = thread->busy;
    thread->transactions++;
}

void transaction_closed(struct thread *thread, struct transaction *transaction)
{
    transaction->serial++;
    transaction->wrote = NULL;
    if (transaction->thread == thread && thread->transactions)
        thread->transactions--;
}

void transaction_busy(struct thread *thread, struct transaction *transaction, bool others)
{
    if (unlikely(transaction->busy_unit != thread->unit) || unlikely(transaction->busy_thread != thread)) {
        transaction->busy_thread = thread;
        transaction->busy_from = thread->last_episode + 1;
    }
    thread->crowded = others;
    if (likely(!others))
        return;
    thread->was_crowded = true;
    thread->last_shard = NULL; /* the serial will be looked at */
    if (transaction->serial == 0)
        transaction->serial = atomic_fetch_add_explicit(&last_serial, 2, memory_order_relaxed) + 2;
}
