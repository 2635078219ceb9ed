#include "provenance.h"

#include <string.h>

#include "base/table.h"
#include "exporter/stream/verdict.h"
#include "group.h"
#include "probe.h"
#include "recording.h"
#include "statement.h"

#define CANDIDATES   8  /* columns that are compared for one child */
#define SEARCH_ALL   32 /* executions of a child that search everywhere, from its first one on */
#define CAPTURE_ALL  16 /* executions of a parent that are captured, from its first one on */
#define SEEK_CAPTURE 64 /* executions of the thread that are captured when somebody seeks */

/* A column that held one of the child's values. */
struct candidate {
    struct source *source; /* NULL: unused */
    uint32_t serial;       /* of the source when this was noted */
    uint8_t column, slot;
    uint32_t matches;      /* of the child's searches */
    uint64_t seen;         /* bit per value, by hash: different values, up to 64 */
};

/* What a child knows of its sources. */
struct lookout {
    uint32_t searches;
    struct candidate candidate[CANDIDATES];
    struct candidate *chosen; /* NULL: none yet */
    uint32_t edge;
    uint64_t *counters; /* of the chosen edge, in the recording; NULL: it does not fit */
    uint32_t last_episode;
    uint64_t in_episode;
    uint64_t misses; /* in a row */
};

static struct table edges = TABLE_INIT; /* hash of the four -> id; written under recording_lock */
static uint32_t last_edge;

static uint64_t slot_value(const struct statement_text *text, const struct probe_values *values, uint32_t slot)
{
    uint32_t parameter = text->slots[slot].parameter;

    if (!parameter)
        return text->slots[slot].value;
    return parameter <= PROBE_VALUES ? values->value[parameter - 1] : VALUE_NULL;
}

static uint32_t edge_intern(const struct group *child, const struct candidate *candidate)
{
    const struct group *parent = candidate->source->shard->group;
    uint64_t key = hash_mix((uint64_t)parent->id << 32 | child->id, (uint64_t)candidate->column << 8 | candidate->slot) | 2;
    const char *name = candidate->source->column[candidate->column].name;
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Edge message = NPLUS1__EDGE__INIT;
    uint32_t id = (uint32_t)(uintptr_t)table_get(&edges, key);

    if (id)
        return id;
    message.has_id = message.has_parent = message.has_column = message.has_column_name = true;
    message.has_child = message.has_parameter = true;
    message.id = last_edge + 1;
    message.parent = parent->id;
    message.column = candidate->column;
    message.column_name.data = (uint8_t *)(uintptr_t)name;
    message.column_name.len = strlen(name);
    message.child = child->id;
    message.parameter = candidate->slot + 1U;
    record.edge = &message;
    if (!recording_append(&record))
        return 0;
    id = ++last_edge;
    table_put(&edges, key, (void *)(uintptr_t)id);
    return id;
}

static void set_counter(struct lookout *lookout, enum edge_counter field, uint64_t value)
{
    if (lookout->counters)
        *counters_word(lookout->counters, field) = value;
}

static void add_counter(struct lookout *lookout, enum edge_counter field)
{
    if (lookout->counters)
        ++*counters_word(lookout->counters, field);
}

/* The counters of the thread's share of an edge, which it may have used before. */
static uint64_t *edge_counters(struct thread *thread, uint32_t edge)
{
    uint64_t key = (uint64_t)edge << 4;
    uint64_t *counters = table_get(&thread->edges, key);

    if (!counters && edge) {
        counters = recording_append_counters(COUNTERS_EDGE, edge, thread->shard);
        if (counters)
            table_put(&thread->edges, key, counters);
    }
    return counters;
}

/* From now on the child's parameters are expected in this column. What its searches found there so far counts; the column before this
 * one is taken back. */
static void choose(struct thread *thread, struct group_shard *shard, struct candidate *candidate)
{
    struct lookout *lookout = shard->lookout;

    for (unsigned field = EDGE_MATCHES; field <= EDGE_LAST; field++)
        set_counter(lookout, (enum edge_counter)field, 0);
    candidate->source->matched |= 1U << candidate->column;
    lookout->chosen = candidate;
    lock_take(&recording_lock);
    lookout->edge = edge_intern(shard->group, candidate);
    lookout->counters = edge_counters(thread, lookout->edge);
    lock_release(&recording_lock);
    lookout->misses = 0;
    lookout->last_episode = candidate->source->episode;
    lookout->in_episode = candidate->matches;
    set_counter(lookout, EDGE_MATCHES, candidate->matches);
    set_counter(lookout, EDGE_JUDGED, lookout->searches);
    set_counter(lookout, EDGE_DISTINCT_VALUES, (uint64_t)__builtin_popcountll(candidate->seen));
    set_counter(lookout, EDGE_EPISODES, 1);
    set_counter(lookout, EDGE_MAX_PER_EPISODE, lookout->in_episode);
}

/* Is `a` the better explanation? Compared on the same searches. */
static bool better(const struct candidate *a, const struct candidate *b)
{
    int distinct_a = __builtin_popcountll(a->seen), distinct_b = __builtin_popcountll(b->seen);

    if (a->matches != b->matches)
        return a->matches > b->matches;
    if (distinct_a != distinct_b)
        return distinct_a > distinct_b;
    return a->source->episode > b->source->episode;
}

static bool is_valid(const struct candidate *candidate)
{
    return candidate->source && candidate->source->serial == candidate->serial;
}

/* The place of a candidate: its own, a free one, or that of one which matches less than once in four searches. */
static struct candidate *candidate_place(struct lookout *lookout, struct source *source, uint32_t column, uint32_t slot)
{
    struct candidate *place = NULL;

    for (unsigned i = 0; i < CANDIDATES; i++) {
        struct candidate *c = &lookout->candidate[i];
        bool valid = is_valid(c);
        if (valid && c->source == source && c->column == column && c->slot == slot)
            return c;
        if (!place && c != lookout->chosen && (!valid || c->matches < lookout->searches / 4))
            place = c;
    }
    if (place)
        *place = (struct candidate){.source = source, .serial = source->serial, .column = (uint8_t)column, .slot = (uint8_t)slot};
    return place;
}

/* Looks for every parameter in every column of every source. */
static void search(struct thread *thread, struct lookout *lookout, const struct statement_text *text,
                   const struct probe_values *values)
{
    uint32_t episode;

    lookout->searches++;
    for (struct source *source = thread->sources ? thread->sources->newest : NULL; source; source = source->older) {
        for (uint32_t slot = 0; slot < text->slot_count; slot++) {
            uint64_t value = slot_value(text, values, slot);
            if (value == VALUE_NULL)
                continue;
            for (uint32_t column = 0; column < source->columns; column++) {
                struct candidate *candidate;
                if (!source_find(source, column, value, &episode))
                    continue;
                candidate = candidate_place(lookout, source, column, slot);
                if (!candidate)
                    continue;
                candidate->matches++;
                candidate->seen |= UINT64_C(1) << (value >> 58);
                source->streaming = true;
            }
        }
    }
}

/* The best explanation there is, of at least two different values; NULL: none. */
static struct candidate *best(struct lookout *lookout)
{
    struct candidate *best = NULL;

    for (unsigned i = 0; i < CANDIDATES; i++) {
        struct candidate *c = &lookout->candidate[i];
        if (is_valid(c) && (c->seen & (c->seen - 1)) != 0 && c->matches >= 2 && (!best || better(c, best)))
            best = c;
    }
    return best;
}

/* Asks the chosen column; whether the value was there. */
static bool ask_chosen(struct lookout *lookout, const struct statement_text *text, const struct probe_values *values)
{
    struct candidate *chosen = lookout->chosen;
    uint64_t value = slot_value(text, values, chosen->slot);
    uint32_t episode;

    if (value == VALUE_NULL || !source_find(chosen->source, chosen->column, value, &episode)) {
        lookout->misses++;
        if (!chosen->source->truncated)
            add_counter(lookout, EDGE_JUDGED);
        return false;
    }
    lookout->misses = 0;
    chosen->source->streaming = true;
    chosen->seen |= UINT64_C(1) << (value >> 58);
    add_counter(lookout, EDGE_MATCHES);
    add_counter(lookout, EDGE_JUDGED);
    set_counter(lookout, EDGE_DISTINCT_VALUES, (uint64_t)__builtin_popcountll(chosen->seen));
    if (episode != lookout->last_episode) {
        lookout->last_episode = episode;
        lookout->in_episode = 0;
        add_counter(lookout, EDGE_EPISODES);
    }
    lookout->in_episode++;
    if (lookout->counters && lookout->in_episode > *counters_word(lookout->counters, EDGE_MAX_PER_EPISODE))
        set_counter(lookout, EDGE_MAX_PER_EPISODE, lookout->in_episode);
    return true;
}

static bool is_power_of_two(uint64_t n)
{
    return (n & (n - 1)) == 0;
}

void provenance_look(struct thread *thread, struct group_shard *shard, const struct statement_text *text,
                     const struct probe_values *values)
{
    uint64_t executions = *counters_word(shard->counters, COUNTER_EXECUTIONS);
    struct lookout *lookout = shard->lookout;
    struct candidate *candidate;

    if (!lookout) {
        if (text->slot_count)
            lookout = shard->lookout = pool_alloc(&thread->pool, sizeof *lookout);
        if (!lookout) {
            shard->look_at = PROVENANCE_NEVER;
            return;
        }
    }
    if (lookout->chosen && !is_valid(lookout->chosen))
        lookout->chosen = NULL;
    if (lookout->chosen)
        ask_chosen(lookout, text, values);
    if (executions <= SEARCH_ALL || is_power_of_two(executions) || (lookout->misses && is_power_of_two(lookout->misses)) ||
        !lookout->chosen) {
        search(thread, lookout, text, values);
        candidate = best(lookout);
        if (candidate && candidate != lookout->chosen)
            choose(thread, shard, candidate);
    }
    if (lookout->chosen) {
        shard->look_at = 0;
        group_judge(shard);
        return;
    }
    /* Nobody knows where the values come from: have more results captured, but ask ever more rarely. */
    if (executions >= 2 && (is_power_of_two(executions) || executions <= 4))
        thread->seeking = SEEK_CAPTURE;
    shard->look_at = executions < SEARCH_ALL ? 0 : executions + executions / 2;
}

bool provenance_evidence(const struct group_shard *shard, struct verdict_evidence *evidence, uint32_t *ret_edge)
{
    const struct lookout *lookout = shard->lookout;

    *ret_edge = 0;
    if (!lookout || !lookout->chosen || !lookout->counters || !is_valid(lookout->chosen))
        return false;
    evidence->edge_matches = *counters_word(lookout->counters, EDGE_MATCHES);
    evidence->edge_judged = *counters_word(lookout->counters, EDGE_JUDGED);
    evidence->edge_distinct = *counters_word(lookout->counters, EDGE_DISTINCT_VALUES);
    evidence->edge_max_per_episode = *counters_word(lookout->counters, EDGE_MAX_PER_EPISODE);
    evidence->edge_from_itself = lookout->chosen->source->shard == shard;
    *ret_edge = lookout->edge;
    return true;
}

struct source *provenance_capture(struct thread *thread, struct group_shard *shard)
{
    struct source *source = shard->source;

    if (source && source->captures >= CAPTURE_ALL && !source->matched) {
        if (!thread->seeking) {
            shard->captures = false;
            return NULL;
        }
        thread->seeking--;
    }
    return source_begin(thread, shard);
}

void provenance_reset_after_fork(void)
{
    edges = (struct table)TABLE_INIT;
    last_edge = 0;
}
