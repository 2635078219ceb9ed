#include "agent/evidence/source.h"

#include <stddef.h>
#include <string.h>

#include "agent/base/memory.h"
#include "agent/group/group.h"
#include "agent/process/thread.h"
#include "agent/unit/transaction.h"

#define FIRST_SLOTS 16
#define LAST_SLOTS  ((uint32_t)SOURCE_VALUES * 2)

struct value_slot {
    uint32_t value; /* 0: empty */
    uint32_t episode;
};

struct value_set {
    uint32_t mask, count;
    struct value_set *next_free;
    struct value_slot slot[];
};

static uint32_t short_value(uint64_t value)
{
    uint32_t v = (uint32_t)(value >> 32);

    return v ? v : 1;
}

static size_t set_size(uint32_t slots)
{
    return sizeof(struct value_set) + slots * sizeof(struct value_slot);
}

static struct value_set *set_create(struct thread *thread, uint32_t slots)
{
    struct sources *sources = thread->sources;
    struct value_set *set = slots == LAST_SLOTS ? sources->free_sets : NULL;

    if (set)
        sources->free_sets = set->next_free;
    else if (slots == LAST_SLOTS)
        set = memory_map(set_size(slots));
    else
        set = pool_alloc(&thread->pool, set_size(slots));
    if (!set)
        return NULL;
    memset(set, 0, set_size(slots));
    set->mask = slots - 1;
    return set;
}

/* Small sets are outgrown and stay in the pool: together they take a third of what a full one does. */
static void set_free(struct thread *thread, struct value_set *set)
{
    if (!set || set->mask + 1 != LAST_SLOTS)
        return;
    set->next_free = thread->sources->free_sets;
    thread->sources->free_sets = set;
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

    for (uint32_t i = 0; fresh && i <= old->mask; i++) {
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

/* A source for a group that has none: an unused one, or the one that was not executed for the longest time. */
static struct source *take(struct thread *thread)
{
    struct sources *sources = thread->sources;
    struct source *source;

    if (sources->count < SOURCE_MAX) {
        source = &sources->source[sources->count++];
    } else {
        source = sources->oldest;
        unlink_source(sources, source);
        source->shard->source = NULL;
        for (uint32_t i = 0; i < SOURCE_COLUMNS; i++) {
            set_free(thread, source->column[i].now);
            set_free(thread, source->column[i].before);
        }
    }
    memset(source, 0, sizeof *source);
    source->serial = ++sources->last_serial;
    return source;
}

struct source *source_begin(struct thread *thread, struct group_shard *shard, const struct source_given *given)
{
    struct source *source = shard->source;

    if (unlikely(!thread->sources) && !(thread->sources = memory_map(sizeof *thread->sources)))
        return NULL;
    if (source) {
        unlink_source(thread->sources, source);
    } else {
        source = take(thread);
        source->shard = shard;
        shard->source = source;
    }
    link_newest(thread->sources, source);
    source->episode = ++thread->last_episode;
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
    const struct source_column *c = &source->column[column];

    return (c->now ? c->now->count : 0) + (c->before ? c->before->count : 0);
}

/* Keeps what is known of the longest result. */
static COLD void note_fanout(struct thread *thread, const struct source *source)
{
    uint32_t distinct[SOURCE_COLUMNS], columns, parents;
    uint64_t *facts;

    for (uint32_t i = 0; i < source->columns; i++)
        distinct[i] = source_distinct(source, i);
    parents = fanout_parents(&source->fanout, distinct, source->columns, &columns);
    facts = parents ? group_facts(thread, source->shard) : NULL;
    if (!facts || source->fanout.rows < *counters_word(facts, FACT_FANOUT_ROWS))
        return;
    *counters_word(facts, FACT_FANOUT_ROWS) = source->fanout.rows;
    *counters_word(facts, FACT_FANOUT_PARENTS) = parents;
    *counters_word(facts, FACT_FANOUT_COLUMNS) = columns;
}

bool source_add(struct thread *thread, struct source *source, uint32_t episode, uint32_t column_index, uint64_t value)
{
    struct source_column *column = &source->column[column_index];
    struct value_slot *slot;

    source->values += source->values != UINT32_MAX;
    if (source->captures <= FANOUT_CAPTURES) {
        fanout_add(&source->fanout, column_index, short_value(value));
        if (column_index + 1 == source->columns && fanout_is_due(&source->fanout))
            note_fanout(thread, source);
    }
    if (value == 0) /* NULL */
        return true;
    for (uint32_t i = 0; i < source->given.count; i++)
        source->echoes |= (uint32_t)(value == source->given.value[i]) << column_index;
    if (unlikely(!column->now) && !(column->now = set_create(thread, FIRST_SLOTS)))
        return false;
    slot = set_slot(column->now, short_value(value));
    if (slot->value == 0) {
        if (column->now->count * 2 > column->now->mask) {
            if (column->now->mask + 1 == LAST_SLOTS) {
                if (!rotate(thread, source, column))
                    return false;
            } else {
                struct value_set *fresh = set_grow(thread, column->now);
                if (!fresh)
                    return false;
                column->now = fresh;
            }
            slot = set_slot(column->now, short_value(value));
        }
        slot->value = short_value(value);
        column->now->count++;
    }
    slot->episode = episode;
    return true;
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

/* The last episode up to this one that is the connection's, of what it does now (whenever other work came since then, it was
 * busy); 0: none that is known. A value that the connection read has its episode, or that of somebody who read it later. */
static COLD uint32_t own_episode(const struct thread *thread, const struct source *source, const struct transaction *connection,
                                 uint32_t episode)
{
    const struct sources *sources = thread->sources;
    uint32_t number = source_connection(connection);

    /* Where no two were ever busy at once, all tasks may share one: it is busy for somebody else, too. */
    if (!thread->was_crowded || connection->busy_from == 0 || connection->busy_thread != thread)
        return 0;
    for (; episode - connection->busy_from <= INT32_MAX && thread->last_episode - episode < SOURCE_ASKED; episode--) {
        const struct asked *asked = &sources->asked[episode % SOURCE_ASKED];
        if (asked->connection == number && asked->source == source->serial)
            return episode;
    }
    return 0;
}

bool source_find(const struct thread *thread, const struct source *source, uint32_t column, uint64_t value,
                 const struct transaction *connection, uint32_t *ret_episode)
{
    const struct sources *sources = thread->sources;
    const uint32_t v = short_value(value);
    bool found, of_unit;

    found = set_find(source->column[column].now, v, ret_episode) || set_find(source->column[column].before, v, ret_episode);
    if (!found)
        return false;
    of_unit = sources->unit == thread->unit && *ret_episode - sources->first_episode <= INT32_MAX;
    if (unlikely(!of_unit) || unlikely(thread->crowded)) {
        uint32_t own = own_episode(thread, source, connection, *ret_episode);
        if (own) {
            *ret_episode = own;
            return true;
        }
    }
    return of_unit;
}
