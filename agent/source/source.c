#include "agent/source/source.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "agent/base/clock.h"
#include "agent/base/memory.h"
#include "agent/value/value.h"
#include "agent/group/group.h"
#include "agent/process/thread.h"
#include "agent/unit/transaction.h"

#define FIRST_SLOTS 16
#define LAST_SLOTS  ((uint32_t)SOURCE_VALUES * 2)
#define FEW_ROWS    16

struct value_slot {
    uint32_t value; /* 0: empty */
    uint32_t episode;
};

struct value_set {
    uint32_t mask, count;
    struct value_set *next_free;
    struct value_slot slot[];
};

static size_t set_size(uint32_t slots)
{
    return sizeof(struct value_set) + slots * sizeof(struct value_slot);
}

/* Of FIRST_SLOTS, eight times as many, and so on up to LAST_SLOTS. */
static struct value_set **free_sets(struct thread *thread, uint32_t slots)
{
    return &thread->sources->free_sets[((unsigned)__builtin_ctz(slots) - 2) / 3];
}

static struct value_set *set_create(struct thread *thread, uint32_t slots)
{
    struct value_set **free = free_sets(thread, slots), *set = *free;

    if (set) {
        *free = set->next_free;
        memset(set, 0, set_size(slots));
    } else if (slots == LAST_SLOTS)
        set = memory_map_spare(set_size(slots));
    else
        set = pool_alloc_spare(&thread->pool, set_size(slots));
    if (!set)
        return NULL;
    set->mask = slots - 1;
    return set;
}

/* Another thread may still look into it: it stays a set of that size. */
static void set_free(struct thread *thread, struct value_set *set)
{
    struct value_set **free;

    if (!set)
        return;
    free = free_sets(thread, set->mask + 1);
    set->next_free = *free;
    *free = set;
}

static struct value_slot *set_slot(struct value_set *set, uint32_t value)
{
    uint32_t at = value & set->mask;

    while (set->slot[at].value != 0 && set->slot[at].value != value)
        at = (at + 1) & set->mask;
    return &set->slot[at];
}

static struct value_set *set_grow(struct thread *thread, struct value_set *old)
{
    struct value_set *fresh = set_create(thread, (old->mask + 1) * 8 < LAST_SLOTS ? (old->mask + 1) * 8 : LAST_SLOTS);

    if (!fresh)
        return NULL;
    for (uint32_t i = 0; i <= old->mask; i++) {
        if (old->slot[i].value) {
            *set_slot(fresh, old->slot[i].value) = old->slot[i];
            fresh->count++;
        }
    }
    return fresh;
}

static void unlink_source(struct sources *sources, struct source *source)
{
    if (source->newer)
        source->newer->older = source->older;
    else
        sources->newest = source->older;
    if (source->older)
        source->older->newer = source->newer;
    else
        sources->oldest = source->newer;
}

static void link_newest(struct sources *sources, struct source *source)
{
    source->newer = NULL;
    source->older = sources->newest;
    if (sources->newest)
        sources->newest->newer = source;
    else
        sources->oldest = source;
    sources->newest = source;
}

/* It gave no more than one row, once: what a loop goes through has more. */
static bool is_single(const struct source *source)
{
    return source->captures == 1 && source->log.newest <= 1;
}

/* The one that was not executed for the longest time, of those that nothing came from where there are any; of the older half of
 * these rather one that is no list, as settings and counts that are asked for here and there. */
static struct source *least_useful(const struct sources *sources)
{
    struct source *found = NULL;
    uint32_t older = SOURCE_MAX / 2;

    for (struct source *source = sources->oldest; source && (older > 0 || !found); source = source->newer) {
        older -= older > 0;
        if (source->matched)
            continue;
        if (older > 0 && is_single(source))
            return source;
        if (!found)
            found = source;
    }
    return found ? found : sources->oldest;
}

/* Most threads need few. */
static struct source *make(struct thread *thread)
{
    struct source *source = pool_alloc_spare(&thread->pool, sizeof *source);

    if (source)
        atomic_store_explicit(&thread->sources->source[thread->sources->count++], source, memory_order_release);
    return source;
}

/* A source for a group that has none; NULL: no memory. */
static struct source *take(struct thread *thread)
{
    struct sources *sources = thread->sources;
    struct source *source = sources->count < SOURCE_MAX ? make(thread) : NULL;

    if (!source) {
        source = least_useful(sources);
        if (!source)
            return NULL;
        unlink_source(sources, source);
        source->shard->source = NULL;
        for (uint32_t i = 0; i < SOURCE_COLUMNS; i++) {
            set_free(thread, source->column[i].now);
            set_free(thread, source->column[i].before);
        }
    }
    row_log_reset(&source->log);
    /* Other threads may be at it: what has a shard always has one. */
    memset(&source->newer, 0, offsetof(struct source, log) - offsetof(struct source, newer));
    memset(source->column, 0, sizeof source->column);
    source->serial = ++sources->last_serial;
    return source;
}

/* The sources of all threads, the newest first; they stay. */
static struct sources *_Atomic all_sources;
_Atomic uint32_t sources_count;

static struct sources *create(struct thread *thread)
{
    struct sources *sources = memory_map_spare(sizeof *sources);

    if (!sources)
        return NULL;
    sources->thread = thread;
    sources->next = atomic_load_explicit(&all_sources, memory_order_relaxed);
    while (
        !atomic_compare_exchange_weak_explicit(&all_sources, &sources->next, sources, memory_order_release, memory_order_relaxed))
        ;
    atomic_fetch_add(&sources_count, 1);
    return sources;
}

struct sources *sources_first(void)
{
    return atomic_load_explicit(&all_sources, memory_order_acquire);
}

void sources_reset_after_fork(void)
{
    atomic_store(&all_sources, NULL);
    atomic_store(&sources_count, 0);
}

struct source *source_begin(struct thread *thread, struct group_shard *shard, const struct source_given *given)
{
    struct source *source = shard->source;

    if (unlikely(!thread->sources) && !(thread->sources = create(thread)))
        return NULL;
    if (source) {
        unlink_source(thread->sources, source);
    } else {
        source = take(thread);
        if (!source)
            return NULL;
        source->shard = shard;
        shard->source = source;
    }
    link_newest(thread->sources, source);
    /* The rows that a cursor gives step by step are one result. */
    if (source->captures > 0 && shard->group->statement->verb == SQL_FETCH && thread->sources->unit == thread->unit &&
        source->given.connection == given->connection) {
        source->given = *given;
        return source;
    }
    source->episode = ++thread->last_episode;
    source->began = clock_ticks();
    source->given = *given;
    thread->sources->asked[source->episode % SOURCE_ASKED] = (struct asked){given->connection, source->serial};
    if (thread->sources->unit != thread->unit) {
        thread->sources->unit = thread->unit;
        thread->sources->first_episode = source->episode;
    }
    if (++source->captures <= FANOUT_CAPTURES)
        memset(&source->fanout, 0, sizeof source->fanout);
    source->truncated = false;
    return source;
}

/* The present generation of a column is full. Rows that come and go are followed with the newest ones; of a result that is
 * collected first, the oldest ones are those that will be asked for first. */
static bool rotate(struct thread *thread, struct source *source, struct source_column *column)
{
    struct value_set *fresh;

    if (column->before && source->filled_in == source->episode && !source->streaming) {
        source->truncated = true;
        return false;
    }
    source->filled_in = source->episode;
    source->streaming = false;
    set_free(thread, column->before);
    column->before = column->now;
    fresh = set_create(thread, LAST_SLOTS);
    column->now = fresh;
    return fresh != NULL;
}

uint32_t source_distinct(const struct source *source, uint32_t column)
{
    /* Each read once: another thread's may change meanwhile. */
    const struct value_set *now = __atomic_load_n(&source->column[column].now, __ATOMIC_RELAXED),
                           *before = __atomic_load_n(&source->column[column].before, __ATOMIC_RELAXED);

    return (now ? now->count : 0) + (before ? before->count : 0);
}

/* Flags change together with their opposites, and are nobody's name. */
static bool is_flag(const struct source *source, uint32_t column)
{
    return source->column[column].numbers != 0 && source->column[column].numbers >> 2 == 0;
}

/* Keeps what is known of the longest result. */
static COLD void note_fanout(struct thread *thread, const struct source *source, uint32_t rows)
{
    uint32_t distinct[FANOUT_COLUMNS], columns, parents,
        looked_at = source->columns < FANOUT_COLUMNS ? source->columns : FANOUT_COLUMNS;
    uint64_t *facts;

    for (uint32_t i = 0; i < looked_at; i++)
        distinct[i] = is_flag(source, i) ? 0 : source_distinct(source, i);
    parents = fanout_parents(&source->fanout, distinct, looked_at, &columns);
    facts = parents ? group_facts(thread, source->shard) : NULL;
    if (!facts || rows < *counters_word(facts, FACT_FANOUT_ROWS))
        return;
    *counters_word(facts, FACT_FANOUT_ROWS) = rows;
    *counters_word(facts, FACT_FANOUT_PARENTS) = parents;
    *counters_word(facts, FACT_FANOUT_COLUMNS) = columns;
}

/* After so many rows without anything new: how many are passed over. Their number varies, as what comes in turns would always be
 * met in the same one of them. */
static uint32_t rows_to_pass(uint32_t quiet)
{
    uint32_t most = quiet / 64 < SOURCE_PASSED ? quiet / 64 : SOURCE_PASSED;

    return most - quiet * UINT32_C(0x9e3779b1) % (most / 2);
}

_Static_assert(SOURCE_QUIET > ROW_LOG_EPISODE && SOURCE_QUIET / 64 >= 2, "no row of the log is passed over");

/* Rows that are passed over count as if they had been taken in. */
static NOINLINE void pass_over(struct source *source)
{
    uint32_t rows = rows_to_pass(source->pace.quiet), values = rows * source->columns;

    fanout_pass(&source->fanout, source->pace.passed);
    source->pace.pass = source->pace.passed = rows;
    source->pace.quiet += rows;
    source->values += values < UINT32_MAX - source->values ? values : UINT32_MAX - source->values;
}

/* Every row is taken in again. */
static inline void slow_down(struct source_pace *pace)
{
    pace->quiet = pace->pass = pace->passed = 0;
}

/* The first row of a result, or of what is left of it after other statements. */
static void set_out(const struct thread *thread, struct source_pace *pace, uint32_t episode)
{
    pace->is_used = pace->is_used || (pace->episode == episode && pace->looks != thread->looks);
    pace->episode = episode;
    pace->sequence = thread->sequence;
    pace->looks = thread->looks;
    slow_down(pace);
}

bool source_row(struct thread *thread, struct source *source, uint32_t episode)
{
    struct source_pace *pace = &source->pace;

    if (unlikely(pace->episode != episode) || unlikely(pace->sequence != thread->sequence)) {
        set_out(thread, pace, episode);
    } else if (pace->pass > 0) {
        pace->pass--;
        return false;
    } else if (++pace->quiet >= SOURCE_QUIET && !pace->is_used) {
        pass_over(source);
    }
    if (likely(source->values <= UINT32_MAX - SOURCE_COLUMNS))
        source->values += source->columns;
    row_log_begin(&source->log, &thread->pool, episode, source->captures, source->columns);
    return true;
}

static void note_number(struct source_column *column, uint32_t episode, uint64_t value)
{
    if (column->numbers_of != episode) {
        column->numbers_of = episode;
        column->numbers = 0;
        column->has_others = false;
    }
    if (!column->has_others && value_is_small(value)) {
        column->numbers |= UINT64_C(1) << value_number(value);
    } else {
        column->has_others = true;
        column->numbers = 0;
    }
}

static inline bool is_given(const struct source_given *given, uint64_t value)
{
    bool found = false;

    for (uint32_t i = 0; i < given->count; i++)
        found |= value == given->value[i];
    return found;
}

/* The place of a value that the column does not have yet, in slots that are half full; NULL: there is no room. */
static NOINLINE struct value_slot *make_room(struct thread *thread, struct source *source, struct source_column *column,
                                             uint32_t value)
{
    struct value_set *fresh, *outgrown = column->now;

    if (column->now->mask + 1 == LAST_SLOTS) {
        if (!rotate(thread, source, column))
            return NULL;
    } else {
        fresh = set_grow(thread, column->now);
        if (!fresh)
            return NULL;
        column->now = fresh;
        set_free(thread, outgrown);
    }
    return set_slot(column->now, value);
}

/* The column did not have the value, or not of this execution: there is more to come. */
static NOINLINE bool add_news(struct thread *thread, struct source *source, uint32_t episode, uint32_t column_index,
                              uint64_t value, struct value_slot *slot)
{
    struct source_column *column = &source->column[column_index];
    const uint32_t v = source_short(value);

    slow_down(&source->pace);
    source->filter[source_filter_word(v)] |= source_filter_bit(v);
    if (slot->value == 0) {
        if (unlikely(column->now->count * 2 > column->now->mask) && !(slot = make_room(thread, source, column, v)))
            return false;
        slot->value = v;
        column->now->count++;
    }
    slot->episode = episode;
    return true;
}

static NOINLINE bool add_first(struct thread *thread, struct source *source, uint32_t episode, uint32_t column_index,
                               uint64_t value)
{
    struct source_column *column = &source->column[column_index];

    column->now = set_create(thread, FIRST_SLOTS);
    return column->now && add_news(thread, source, episode, column_index, value, set_slot(column->now, source_short(value)));
}

static inline bool add_value(struct thread *thread, struct source *source, uint32_t episode, uint32_t column_index,
                             uint64_t value)
{
    struct source_column *column = &source->column[column_index];
    const uint32_t v = source_short(value);
    struct value_slot *slot;

    if (value == VALUE_NULL)
        return true;
    row_log_put(&source->log, column_index, v);
    if (!column->has_others || unlikely(column->numbers_of != episode))
        note_number(column, episode, value);
    if (unlikely(source->given.count > 0) && is_given(&source->given, value))
        source->echoes |= UINT64_C(1) << column_index;
    else
        source->tells |= UINT64_C(1) << column_index;
    if (unlikely(!column->now))
        return add_first(thread, source, episode, column_index, value);
    slot = set_slot(column->now, v);
    if (likely(slot->value == v) && likely(slot->episode == episode))
        return true;
    return add_news(thread, source, episode, column_index, value, slot);
}

/* The last column of a row at which it is time to look for a fan-out. */
static NOINLINE bool add_when_due(struct thread *thread, struct source *source, uint32_t episode, uint32_t column_index,
                                  uint64_t value)
{
    note_fanout(thread, source, fanout_next_due(&source->fanout));
    return add_value(thread, source, episode, column_index, value);
}

/* Calls nothing but what it ends with. */
bool source_add(struct thread *thread, struct source *source, uint32_t episode, uint32_t column_index, uint64_t value)
{
    if (unlikely(source->captures <= FANOUT_CAPTURES) && column_index < FANOUT_COLUMNS) {
        fanout_add(&source->fanout, column_index, source_short(value));
        if ((column_index + 1 == source->columns || column_index + 1 == FANOUT_COLUMNS) &&
            unlikely(fanout_is_due(&source->fanout)))
            return add_when_due(thread, source, episode, column_index, value);
    }
    return add_value(thread, source, episode, column_index, value);
}

static bool set_find(struct value_set *set, uint32_t value, uint32_t *ret_episode)
{
    const struct value_slot *slot;

    if (!set)
        return false;
    slot = set_slot(set, value);
    *ret_episode = slot->episode;
    return slot->value != 0;
}

static inline bool set_has(const struct value_set *set, uint32_t value)
{
    uint32_t at;

    if (!set)
        return false;
    for (at = value & set->mask; set->slot[at].value != 0; at = (at + 1) & set->mask) {
        if (set->slot[at].value == value)
            return true;
    }
    return false;
}

bool source_has(const struct source *source, uint32_t column, uint64_t value)
{
    const uint32_t v = source_short(value);

    return set_has(source->column[column].now, v) || set_has(source->column[column].before, v);
}

uint64_t source_columns_with(const struct source *source, uint64_t value)
{
    const uint32_t v = source_short(value);
    uint64_t found = 0;

    for (uint32_t i = 0; i < source->columns; i++) {
        if (set_has(source->column[i].now, v) || set_has(source->column[i].before, v))
            found |= UINT64_C(1) << i;
    }
    return found;
}

/* A connection of a pool is one task's, then another's: what it read last may be of no concern to who has it now. */
static bool lacks(const struct source *source, uint32_t column, uint32_t episode, uint32_t value)
{
    struct row_span span;

    if (column >= source->log.rows.columns || !row_log_span(&source->log, &source->log.rows, episode, &span) || span.goes_on ||
        span.last - span.first >= FEW_ROWS || span.first != source->log.span[episode % ROW_LOG_SPANS].first)
        return false; /* not all of its rows are there */
    for (uint32_t row = span.first; row != span.last + 1; row++) {
        if (row_log_value(&source->log.rows, row, column) == value)
            return false;
    }
    return true;
}

/* The last episode up to this one that is the connection's, of what it does now (whenever other work came since then, it was
 * busy); 0: none that is known. A value that the connection read has its episode, or that of somebody who read it later. */
static COLD uint32_t own_episode(const struct thread *thread, const struct source *source, const struct transaction *connection,
                                 uint32_t column, uint32_t value, uint32_t episode)
{
    const struct sources *sources = thread->sources;
    uint32_t number = source_connection(connection);

    /* Where no two were ever busy at once, all tasks may share one: it is busy for somebody else, too. */
    if (!thread->was_crowded || connection->busy_from == 0 || connection->busy_thread != thread)
        return 0;
    for (; episode - connection->busy_from <= INT32_MAX && thread->last_episode - episode < SOURCE_ASKED; episode--) {
        const struct asked *asked = &sources->asked[episode % SOURCE_ASKED];
        if (asked->connection == number && asked->source == source->serial && !lacks(source, column, episode, value))
            return episode;
    }
    return 0;
}

static bool is_of_unit(const struct thread *thread, uint32_t episode)
{
    const struct sources *sources = thread->sources;

    return sources->unit == thread->unit && episode - sources->first_episode <= INT32_MAX;
}

bool source_is_silent(const struct thread *thread, const struct source *source)
{
    return thread->sources && !thread->was_crowded && !is_of_unit(thread, source->episode);
}

bool source_find(const struct thread *thread, const struct source *source, uint32_t column, uint64_t value,
                 const struct transaction *connection, uint32_t *ret_episode)
{
    const uint32_t v = source_short(value);
    bool found, of_unit;

    found = set_find(source->column[column].now, v, ret_episode) || set_find(source->column[column].before, v, ret_episode);
    if (!found)
        return false;
    of_unit = is_of_unit(thread, *ret_episode);
    if (unlikely(!of_unit) || unlikely(thread->crowded)) {
        uint32_t own = own_episode(thread, source, connection, column, v, *ret_episode);
        if (own) {
            *ret_episode = own;
            return true;
        }
    }
    return of_unit;
}

bool source_is_strange(const struct thread *thread, const struct source *source, const struct transaction *connection,
                       uint32_t episode)
{
    const struct asked *asked = &thread->sources->asked[episode % SOURCE_ASKED];

    return unlikely(thread->crowded) && (asked->connection != source_connection(connection) || asked->source != source->serial);
}

bool source_find_elsewhere(const struct source *source, uint32_t column, uint64_t value, uint32_t *ret_episode)
{
    const uint32_t v = source_short(value);

    return set_find(source->column[column].now, v, ret_episode) || set_find(source->column[column].before, v, ret_episode);
}
