#include "agent/evidence/open_transaction.h"

#include <stdatomic.h>

#include "agent/base/clock.h"
#include "agent/group/group.h"
#include "agent/recording/recording.h"
#include "agent/process/thread.h"
#include "agent/unit/transaction.h"

#define RECORDS_MAX 32 /* of a thread: more transactions at once are not worth more records */

/* A record that says which transaction is open. It stays with the thread that made it, but any thread may say that it is free. */
struct open_record {
    struct open_record *next;
    uint32_t generation; /* of the recording */
    uint32_t count;      /* this one and those after it */
    uint64_t *words;
};

static _Atomic uint32_t last_record;

static COLD struct open_record *record_add(struct thread *thread)
{
    uint32_t count = thread->open_records ? thread->open_records->count + 1 : 1;
    struct open_record *record = count <= RECORDS_MAX && !recording_is_full() ? pool_alloc(&thread->pool, sizeof *record) : NULL;

    if (!record)
        return NULL;
    lock_take(&recording_lock);
    record->words = recording_append_counters(COUNTERS_OPEN_TRANSACTION, ++last_record, thread->shard);
    lock_release(&recording_lock);
    if (!record->words)
        return NULL;
    record->generation = recording_generation;
    record->count = count;
    record->next = thread->open_records;
    return thread->open_records = record;
}

static struct open_record *record_take(struct thread *thread)
{
    for (struct open_record *record = thread->open_records; record; record = record->next) {
        if (__atomic_load_n(counters_word(record->words, OPEN_SINCE_TICKS), __ATOMIC_ACQUIRE) == 0)
            return record;
    }
    return record_add(thread);
}

static void record_give(struct open_record *record)
{
    if (record && record->generation == recording_generation) /* else it is in the file of a fork's parent */
        __atomic_store_n(counters_word(record->words, OPEN_SINCE_TICKS), 0, __ATOMIC_RELEASE);
}

static NOINLINE void opened(struct thread *thread, struct transaction *transaction, struct group_shard *shard)
{
    transaction_opened(thread, transaction, shard);
    transaction->record = shard && !transaction->ends_unseen ? record_take(thread) : NULL;
    if (!transaction->record)
        return;
    *counters_word(transaction->record->words, OPEN_BUSY_TICKS) = transaction->busy;
    *counters_word(transaction->record->words, OPEN_OPENER) = shard->group->id;
    __atomic_store_n(counters_word(transaction->record->words, OPEN_SINCE_TICKS), transaction->since, __ATOMIC_RELEASE);
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

static NOINLINE void closed(struct thread *thread, struct transaction *transaction)
{
    transaction_closed(thread, transaction);
    keep_longest(thread, transaction);
    record_give(transaction->record); /* last: a process that dies in between says it twice rather than never */
    transaction->record = NULL;
}

void open_transaction_now(struct thread *thread, struct transaction *transaction, struct group_shard *shard, bool open)
{
    if (open == transaction_is_open(transaction))
        return;
    if (open)
        opened(thread, transaction, shard);
    else
        closed(thread, transaction);
}

/* Of the write that comes last: the others of the transaction need no end of their own. */
void open_transaction_took(struct thread *thread, struct transaction *transaction, uint64_t ticks)
{
    uint64_t *facts;

    if (!transaction_is_open(transaction) || !transaction->wrote || transaction->wrote_in != thread)
        return;
    facts = group_facts(thread, transaction->wrote);
    if (facts)
        *counters_word(facts, FACT_COMMIT_TICKS) += ticks;
}

void open_transaction_reset_after_fork(void)
{
    last_record = 0;
}
