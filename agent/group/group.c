#include "agent/group/group.h"

#include "agent/base/calm.h"
#include "agent/base/clock.h"
#include "agent/value/value.h"
#include "agent/group/visit.h"
#include "agent/recording/database.h"
#include "agent/recording/recording.h"
#include "agent/unit/descriptors.h"
#include "agent/unit/scope.h"
#include "agent/statement/statement.h"
#include "agent/unit/unit.h"

static struct table groups = TABLE_INIT_DISCARDING; /* hash of the three -> struct group, written under recording_lock */
static uint32_t last_id;

static uint64_t group_key(const struct statement *statement, uint32_t stack, const struct database *database)
{
    return hash_mix((uintptr_t)statement ^ (uint64_t)stack << 32, (uintptr_t)database) | 2; /* 0 and 1 are reserved */
}

/* Locked. */
static struct group *group_add(uint64_t key, struct statement *statement, uint32_t stack, struct database *database)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Group message = NPLUS1__GROUP__INIT;
    struct group *group;

    message.has_id = message.has_statement = message.has_stack = message.has_database = true;
    message.id = last_id + 1;
    message.statement = statement_record(statement);
    message.stack = stack;
    message.database = database_record(database);
    if (!message.statement || !message.database || !table_reserve(&groups))
        return NULL;
    group = pool_alloc(&recording_pool, sizeof *group);
    if (!group)
        return NULL;
    record.group = &message;
    if (!recording_append(&record))
        return NULL;
    group->key = key;
    group->id = ++last_id;
    group->stack = stack;
    group->statement = statement;
    group->database = database;
    group->distinct = (struct distinct)DISTINCT_INIT;
    group->elsewhere = NULL;
    __atomic_fetch_add(&statement->places, 1, __ATOMIC_RELAXED); /* other threads look at it */
    table_put(&groups, key, group);
    return group;
}

struct group_shard *group_share(struct thread *thread, struct group *group)
{
    struct group_shard *shard = table_get(&thread->groups, group->key);

    if (likely(shard != NULL))
        return shard;
    if (!table_reserve(&thread->groups))
        return NULL;
    shard = pool_alloc(&thread->pool, sizeof *shard);
    if (!shard)
        return NULL;
    shard->group = group;
    shard->captures = group->statement->returns && group->statement->verb != SQL_PRAGMA && !group->statement->facts.schema_query;
    shard->look_in = 1;
    shard->last_sequence = thread->sequence - UNIT_GAP - 1; /* its first execution begins a unit */
    lock_take(&recording_lock);
    shard->counters = recording_append_counters(COUNTERS_GROUP, group->id, thread->shard);
    lock_release(&recording_lock);
    if (!shard->counters) {
        pool_take_back(&thread->pool, shard, sizeof *shard);
        return NULL;
    }
    table_put(&thread->groups, group->key, shard);
    *counters_word(shard->counters, COUNTER_FIRST_TICKS) = clock_ticks();
    recording_touch_clock();
    return shard;
}

/* One that the thread has no share of yet, or nobody. */
static COLD struct group_shard *find_new(struct thread *thread, uint64_t key, struct statement *statement, uint32_t stack,
                                         struct database *database)
{
    struct group *group = table_get(&groups, key);
    struct group_shard *shard;

    if (!group && recording_is_full())
        return NULL;
    calm_begin(); /* once for both */
    if (!group) {
        lock_take(&recording_lock);
        group = table_get(&groups, key);
        if (!group && recording_begin())
            group = group_add(key, statement, stack, database);
        lock_release(&recording_lock);
    }
    shard = group ? group_share(thread, group) : NULL;
    calm_end();
    return shard;
}

struct group_shard *group_find(struct thread *thread, struct statement *statement, uint32_t stack, struct database *database)
{
    struct group_shard *shard = NULL;
    uint64_t key;

    if (likely(statement != NULL) && likely(database != NULL) && likely(stack != 0)) {
        key = group_key(statement, stack, database);
        shard = table_get(&thread->groups, key);
        if (unlikely(!shard))
            shard = find_new(thread, key, statement, stack, database);
    }
    if (unlikely(!shard))
        recording_left_out(STATUS_LEFT_OUT_GROUPS, 1);
    return shard;
}

static void raise_to(uint64_t *word, uint64_t value)
{
    if (value > *word)
        *word = value;
}

uint64_t *group_facts(struct thread *thread, struct group_shard *shard)
{
    if (likely(shard->facts != NULL) || recording_is_full())
        return shard->facts;
    lock_take(&recording_lock);
    shard->facts = recording_append_counters(COUNTERS_FACTS, shard->group->id, thread->shard);
    lock_release(&recording_lock);
    return shard->facts;
}

static void add_fact(struct thread *thread, struct group_shard *shard, enum fact fact, uint64_t amount)
{
    uint64_t *facts = group_facts(thread, shard);

    if (facts)
        *counters_word(facts, fact) += amount;
}

void group_begin_unit(const struct thread *thread, struct group_shard *shard)
{
    uint64_t *words = shard->counters, executions, values;

    group_unit_so_far(shard, &executions, &values);
    *counters_word(words, COUNTER_UNITS) += executions > 1;
    raise_to(counters_word(words, COUNTER_UNIT_MAX), values);
    raise_to(counters_word(words, COUNTER_UNIT_EXECUTIONS_MAX), executions);
    *counters_word(words, COUNTER_UNIT_EXECUTIONS_START) = *counters_word(words, COUNTER_EXECUTIONS);
    *counters_word(words, COUNTER_UNIT_REPEATED_START) = *counters_word(words, COUNTER_REPEATED);
    shard->unit_stamp = group_unit_stamp(thread);
    shard->writes = thread->writes;
    shard->last_sequence = thread->sequence;
}

/* ended: by what is not the transaction. */
static void come_back(const struct thread *thread, struct group_shard *shard, const struct transaction *transaction, bool ended)
{
    if (ended) {
        shard->transaction = transaction->serial;
        group_begin_unit(thread, shard);
    } else if (!group_stays_in_unit(thread, shard, transaction)) {
        group_begin_unit(thread, shard);
    }
}

static NOINLINE void come_back_slowly(struct thread *thread, struct group_shard *shard, const struct transaction *transaction)
{
    bool ended;

    if (unlikely(thread->read_descriptor))
        descriptors_settle_read(thread);
    if (unlikely(called_has_news(thread)))
        called_settle(thread);
    ended = thread->sequence - shard->last_sequence > UNIT_GAP;
    if (shard->stay != thread_stay(thread)) {
        shard->stay = thread_stay(thread);
        visit_now(thread, shard);
    }
    if (ended && shard->last_sequence < thread->boundary)
        add_fact(thread, shard, FACT_UNITS_SEEN, 1);
    if (!ended && thread->crowded && shard->transaction != transaction->serial) { /* another task's */
        add_fact(thread, shard, FACT_UNITS_SEEN, 1);
        add_fact(thread, shard, FACT_CROWDED, 1);
    }
    come_back(thread, shard, transaction, ended);
}

void group_come_back(struct thread *thread, struct group_shard *shard, const struct transaction *transaction)
{
    bool ended = thread->sequence - shard->last_sequence > UNIT_GAP;

    if (unlikely(thread->read_descriptor) || unlikely(called_has_news(thread)) || unlikely(shard->stay != thread_stay(thread)) ||
        unlikely(thread->crowded) || (unlikely(ended) && shard->last_sequence < thread->boundary))
        come_back_slowly(thread, shard, transaction);
    else
        come_back(thread, shard, transaction, ended);
}

/* A list that is the same in the next execution is no batch of keys: it is a constant of a statement whose other values change
 * (status in ('new', 'paid') and customer_id = ?). Of those before that is known only then. Where nothing else changes either,
 * the same question comes again: two chunks may have the same keys. That is as much of a batch as the others, once the list
 * changes. */
void group_count_batched(struct group_shard *shard, const struct group_lists *lists)
{
    bool same = lists->listed != 0 && shard->lists.listed == lists->listed, again = same && shard->lists.others == lists->others;
    uint64_t *batched = counters_word(shard->counters, COUNTER_BATCHED);

    if (again && (shard->lists_vary || !lists->whole)) {
        shard->lists_counted++;
        *batched += 1;
    } else if (same) {
        *batched -= shard->lists_counted;
        shard->lists_waiting = again ? shard->lists_waiting + shard->lists_counted + 1 : 0;
        shard->lists_counted = 0;
    } else {
        *batched += 1 + shard->lists_waiting;
        shard->lists_vary = shard->lists_vary || shard->lists.listed != 0;
        shard->lists_counted = 1;
        shard->lists_waiting = 0;
    }
    shard->lists = *lists;
}

/* Ranges that go on where the one before ended are windows over a table: day after day. */
void group_count_text_range(struct thread *thread, struct group_shard *shard, const uint64_t ends[2])
{
    if (ends[0] != shard->range_ends[1] && ends[1] != shard->range_ends[0])
        add_fact(thread, shard, FACT_TEXT_RANGES, 1);
    shard->range_ends[0] = ends[0];
    shard->range_ends[1] = ends[1];
}

/* Pages skip other rows each time, from none on; a loop that wants the first row of each writes LIMIT 1 OFFSET 0. */
void group_count_offset(struct thread *thread, struct group_shard *shard, uint64_t offset)
{
    uint32_t part = (uint32_t)(offset >> 16), none = (uint32_t)(value_hash_int(0) >> 16);

    if (part == (shard->offset ? shard->offset : none))
        add_fact(thread, shard, FACT_UNMOVED, 1);
    shard->offset = part;
}

/* Whether an execution of the share is its first one in the transaction, or in none. */
static inline bool is_first_of(const struct group_shard *shard, const struct transaction *transaction)
{
    return !transaction_is_open(transaction) || shard->transaction != transaction->serial;
}

static inline void note_write(struct thread *thread, struct group_shard *shard, struct transaction *transaction)
{
    thread->writes++;
    transaction->wrote = shard;
    transaction->wrote_in = thread;
}

static COLD void execute_special(struct thread *thread, struct group_shard *shard, const struct statement_text *text,
                                 struct transaction *transaction)
{
    uint64_t *facts;

    if (text->special & STATEMENT_TAGGED)
        scope_tagged(thread, text->scope, text->trace);
    if (text->special & STATEMENT_DEQUEUES)
        unit_end(thread); /* each job is a unit of work */
    if (text->special & STATEMENT_SESSION)
        thread->writes++; /* what is asked again may have another answer */
    if (!(text->special & (STATEMENT_LARGE_LIST | STATEMENT_WRITES)))
        return;
    if (text->special & STATEMENT_WRITES)
        note_write(thread, shard, transaction);
    facts = group_facts(thread, shard);
    if (!facts)
        return;
    if ((text->special & STATEMENT_WRITES) && is_first_of(shard, transaction))
        *counters_word(facts, FACT_TRANSACTIONS) += 1;
    if (text->special & STATEMENT_LARGE_LIST) {
        *counters_word(facts, FACT_LARGE_LISTS) += 1;
        raise_to(counters_word(facts, FACT_LIST_MAX), text->list_max);
    }
}

/* Most of them write, and nothing else: that calls nothing. */
void group_execute_special(struct thread *thread, struct group_shard *shard, const struct statement_text *text,
                           struct transaction *transaction)
{
    if (unlikely((text->special & STATEMENT_EXECUTES) != STATEMENT_WRITES) || unlikely(!shard->facts)) {
        execute_special(thread, shard, text, transaction);
        return;
    }
    note_write(thread, shard, transaction);
    *counters_word(shard->facts, FACT_TRANSACTIONS) += is_first_of(shard, transaction);
}

uint32_t group_last(void)
{
    return last_id;
}

void group_reset_after_fork(void)
{
    distinct_reset_after_fork();
    groups = (struct table)TABLE_INIT_DISCARDING;
    last_id = 0;
}
