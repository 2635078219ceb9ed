#include "agent/evidence/provenance.h"

#include <string.h>

#include "agent/base/table.h"
#include "agent/group/group.h"
#include "agent/evidence/judge.h"
#include "agent/evidence/lookout.h"
#include "agent/recording/recording.h"
#include "agent/statement/statement.h"

#define SEARCH_ALL   32 /* executions of a child that search everywhere, from its first one on */
#define SEARCH_AGAIN 8  /* executions in a row that search again later */
#define MISSES_MAX   256
/* A parent is captured from its first execution on: 16 executions, and up to 256 while there are few values, because tasks that
 * take turns all execute the parent before any child of theirs. */
#define CAPTURE_ALL    16
#define CAPTURE_MOST   256
#define CAPTURE_VALUES 1024
#define SEEK_CAPTURE   32 /* executions of the thread that are captured when somebody seeks */

/* Of an execution: where did its values come from? */
struct provenance_question {
    const struct statement_text *text;
    const struct values *values;
    const struct transaction *connection;
};

static struct table edges = TABLE_INIT; /* hash of the four -> id; written under recording_lock */
static uint32_t last_edge;

static uint32_t edge_intern(const struct group *child, const struct candidate *candidate, uint32_t slots)
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
    message.has_child = message.has_parameter = message.has_slots = true;
    message.id = last_edge + 1;
    message.parent = parent->id;
    message.column = candidate->column;
    message.column_name.data = (uint8_t *)(uintptr_t)name;
    message.column_name.len = strlen(name);
    message.child = child->id;
    message.parameter = candidate->slot + 1U;
    message.slots = slots;
    record.edge = &message;
    if (!recording_append(&record))
        return 0;
    id = ++last_edge;
    table_put(&edges, key, (void *)(uintptr_t)id);
    return id;
}

static void set_counter(struct lookout *lookout, enum edge_counter field, uint64_t value)
{
    *counters_word(lookout->counters, field) = value;
}

static void forget_counters(struct lookout *lookout)
{
    for (unsigned field = EDGE_MATCHES; lookout->counters && field <= EDGE_LAST; field++)
        set_counter(lookout, (enum edge_counter)field, 0);
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

/* From now on the child's parameters are expected in this column. What its searches found there so far counts; the column before
 * this one is taken back. */
static void choose(struct thread *thread, struct group_shard *shard, struct candidate *candidate, uint32_t slots)
{
    struct lookout *lookout = shard->lookout;

    forget_counters(lookout);
    candidate->source->matched |= 1U << candidate->column;
    lookout->chosen = candidate;
    lock_take(&recording_lock);
    lookout->edge = edge_intern(shard->group, candidate, slots);
    lookout->counters = edge_counters(thread, lookout->edge);
    lock_release(&recording_lock);
    if (!lookout->counters)
        lookout->counters = lookout->unrecorded;
    lookout->misses = 0;
    episodes_go_on(thread, &lookout->episodes, &candidate->episodes);
    set_counter(lookout, EDGE_MATCHES, candidate->matches);
    set_counter(lookout, EDGE_JUDGED, lookout->searches);
    set_counter(lookout, EDGE_DISTINCT_VALUES, (uint64_t)__builtin_popcountll(candidate->seen));
    set_counter(lookout, EDGE_EPISODES, candidate->episodes.count);
    set_counter(lookout, EDGE_MAX_PER_EPISODE, candidate->episodes.in_most);
}

/* customer_id is named after what the child reads: select name from customers where id = ? */
static bool is_named_after(const struct candidate *candidate, const struct group_shard *child)
{
    const struct statement *statement = child->group->statement;
    const char *name = candidate->source->column[candidate->column].name;
    size_t length = strlen(name);

    if (length < 4 || strcmp(name + length - 3, "_id") != 0)
        return false;
    return memmem(statement->text, statement->text_length, name, length - 3) != NULL;
}

/* Is `a` the better explanation? Compared on the same searches. */
static bool better(const struct candidate *a, const struct candidate *b, const struct group_shard *child)
{
    uint32_t values_a, values_b;
    int distinct_a = __builtin_popcountll(a->seen), distinct_b = __builtin_popcountll(b->seen);

    if (a->matches != b->matches)
        return a->matches > b->matches;
    if (distinct_a != distinct_b)
        return distinct_a > distinct_b;
    if (a->source != b->source)
        return a->source->episode > b->source->episode;
    /* A result that arrives as a whole: orders 1 to 100 have the keys of ten customers in their own, too. The column that holds
     * little else explains more. Of two that hold the same, as keys of small tables do, the name decides. */
    values_a = source_distinct(a->source, a->column);
    values_b = source_distinct(b->source, b->column);
    return values_a != values_b ? values_a < values_b : is_named_after(a, child) && !is_named_after(b, child);
}

/* The place of a candidate: its own, a free one, or that of one which matches less than once in four searches. */
static struct candidate *candidate_place(struct lookout *lookout, struct source *source, uint32_t column, uint32_t slot)
{
    struct candidate *place = NULL;

    for (unsigned i = 0; i < CANDIDATES; i++) {
        struct candidate *c = &lookout->candidate[i];
        bool valid = candidate_is_valid(c);
        if (valid && c->source == source && c->column == column && c->slot == slot)
            return c;
        if (!place && c != lookout->chosen && (!valid || c->matches < lookout->searches / 4))
            place = c;
    }
    if (place)
        *place = (struct candidate){.source = source, .serial = source->serial, .column = (uint8_t)column, .slot = (uint8_t)slot};
    return place;
}

/* Whether a value found there says anything. What WHERE id = ? gives back as id was given to it: not the next page, nor the next
 * node of a tree. */
static bool column_counts(const struct source *source, uint32_t column, const struct group_shard *child)
{
    return source->shard != child || !(source->echoes >> column & 1);
}

/* A page that is asked for again and again is still one page. */
static inline void add_episode(struct episodes *episodes, const struct candidate *candidate, const struct group_shard *child,
                               uint32_t episode, uint64_t value)
{
    episodes_add(episodes, episode, value, candidate->source->shard != child);
}

/* Looks for every parameter in every column of every source. */
static void search(struct thread *thread, const struct group_shard *shard, const struct provenance_question *question)
{
    struct lookout *lookout = shard->lookout;
    uint32_t episode;

    lookout->searches++;
    for (struct source *source = thread->sources ? thread->sources->newest : NULL; source; source = source->older) {
        for (uint32_t slot = 0; slot < question->text->slot_count; slot++) {
            uint64_t value = values_of_slot(question->values, question->text, slot);
            if (value == VALUE_NULL)
                continue;
            for (uint32_t column = 0; column < source->columns; column++) {
                struct candidate *candidate;
                if (!source_find(thread, source, column, value, question->connection, &episode) ||
                    !column_counts(source, column, shard))
                    continue;
                candidate = candidate_place(lookout, source, column, slot);
                if (!candidate)
                    continue;
                candidate->matches++;
                add_episode(&candidate->episodes, candidate, shard, episode, value);
                candidate->seen |= UINT64_C(1) << (value >> 58);
                source->streaming = true;
            }
        }
    }
}

/* The best explanation there is: three of four searches, at least two, at least two different values; NULL: none. */
static struct candidate *best(struct lookout *lookout, const struct group_shard *shard)
{
    struct candidate *best = NULL;

    for (unsigned i = 0; i < CANDIDATES; i++) {
        struct candidate *c = &lookout->candidate[i];
        if (candidate_is_valid(c) && column_counts(c->source, c->column, shard) && (c->seen & (c->seen - 1)) != 0 &&
            c->matches >= 2 && c->matches * 4 >= lookout->searches * 3 && (!best || better(c, best, shard)))
            best = c;
    }
    return best;
}

/* What was found long ago counts less and less. */
static void fade(struct lookout *lookout)
{
    lookout->searches /= 4;
    for (unsigned i = 0; i < CANDIDATES; i++)
        lookout->candidate[i].matches /= 4;
}

/* The column did not keep its promise. */
static void dismiss(struct lookout *lookout)
{
    forget_counters(lookout);
    lookout->chosen->source = NULL;
    lookout->chosen = NULL;
    lookout->edge = 0;
}

/* Asks the chosen column; whether the value was there. */
static inline bool ask_chosen(const struct thread *thread, struct lookout *lookout, const struct group_shard *shard,
                              const struct provenance_question *question)
{
    struct candidate *chosen = lookout->chosen;
    uint64_t *counters = lookout->counters, value = values_of_slot(question->values, question->text, chosen->slot),
             bit = UINT64_C(1) << (value >> 58);
    uint32_t episode;

    if (unlikely(!source_find(thread, chosen->source, chosen->column, value, question->connection, &episode)) ||
        unlikely(value == VALUE_NULL)) {
        if (chosen->source->truncated) /* it may be among the rows that did not fit */
            return false;
        lookout->misses++;
        *counters_word(counters, EDGE_JUDGED) += 1;
        return false;
    }
    lookout->misses = 0;
    chosen->source->streaming = true;
    *counters_word(counters, EDGE_MATCHES) += 1;
    *counters_word(counters, EDGE_JUDGED) += 1;
    if (!(chosen->seen & bit)) {
        chosen->seen |= bit;
        *counters_word(counters, EDGE_DISTINCT_VALUES) += 1;
    }
    add_episode(&lookout->episodes, chosen, shard, episode, value);
    *counters_word(counters, EDGE_EPISODES) = lookout->episodes.count;
    *counters_word(counters, EDGE_MAX_PER_EPISODE) = lookout->episodes.in_most;
    return true;
}

static bool is_power_of_two(uint64_t n)
{
    return (n & (n - 1)) == 0;
}

/* The highest power of four up to n. */
static uint64_t power_of_four(uint64_t n)
{
    return UINT64_C(1) << ((63 - __builtin_clzll(n)) & ~1);
}

/* Searches come at the first executions, and then in short rows after each power of four. */
static bool is_due(uint64_t executions)
{
    return executions <= SEARCH_ALL || executions - power_of_four(executions) < SEARCH_AGAIN;
}

static uint64_t next_due(uint64_t executions)
{
    return is_due(executions + 1) ? executions + 1 : power_of_four(executions) * 4;
}

/* Has the next results of all groups captured, for a while. */
static void seek(struct thread *thread)
{
    thread->seeking = SEEK_CAPTURE;
    for (struct source *source = thread->sources ? thread->sources->newest : NULL; source; source = source->older)
        source->shard->captures = true;
}

/* All but the usual case. asked: the chosen column was asked just now, and did not have the value. */
static COLD void look_around(struct thread *thread, struct group_shard *shard, const struct provenance_question *question,
                             bool asked)
{
    uint64_t executions = *counters_word(shard->counters, COUNTER_EXECUTIONS);
    struct lookout *lookout = shard->lookout;
    struct candidate *candidate;

    if (!lookout) {
        if (question->text->slot_count)
            lookout = shard->lookout = pool_alloc(&thread->pool, sizeof *lookout);
        if (!lookout) {
            shard->look_in = PROVENANCE_NEVER;
            return;
        }
    }
    if (lookout->chosen && !candidate_is_valid(lookout->chosen))
        dismiss(lookout);
    if (lookout->chosen && !asked)
        ask_chosen(thread, lookout, shard, question);
    if (lookout->chosen && lookout->misses > MISSES_MAX)
        dismiss(lookout);
    if (is_due(executions) || (lookout->misses && is_power_of_two(lookout->misses))) {
        if (executions > SEARCH_ALL && executions == power_of_four(executions))
            fade(lookout);
        search(thread, shard, question);
        candidate = best(lookout, shard);
        if (candidate && candidate != lookout->chosen)
            choose(thread, shard, candidate, question->text->slots_in_all);
    }
    lookout->calm = next_due(executions) - executions;
    if (lookout->chosen) {
        shard->look_in = 1;
        judge_group(shard);
        return;
    }
    /* Nobody knows where the values come from: have more results captured, but ask ever more rarely. */
    if (executions == 2 || (executions > 2 && executions == power_of_four(executions)))
        seek(thread);
    shard->look_in = lookout->calm;
}

void provenance_look(struct thread *thread, struct group_shard *shard, const struct statement_text *text,
                     const struct values *values, const struct transaction *connection)
{
    const struct provenance_question question = {text, values, connection};
    struct lookout *lookout = shard->lookout;
    bool asked = lookout && lookout->chosen && candidate_is_valid(lookout->chosen) && --lookout->calm != 0;

    shard->look_in = 1;
    if (likely(asked) && likely(ask_chosen(thread, lookout, shard, &question)))
        return;
    look_around(thread, shard, &question, asked);
}

void provenance_given(const struct statement_text *text, const struct values *values, const struct transaction *connection,
                      struct source_given *ret)
{
    ret->connection = source_connection(connection);
    ret->count = text->slot_count < SOURCE_GIVEN ? text->slot_count : SOURCE_GIVEN;
    for (uint32_t i = 0; i < ret->count; i++)
        ret->value[i] = values_of_slot(values, text, i);
}

struct source *provenance_capture(struct thread *thread, struct group_shard *shard, const struct source_given *given)
{
    struct source *source = shard->source;

    if (source && !source->matched && source->captures >= CAPTURE_ALL &&
        (source->captures >= CAPTURE_MOST || source->values >= CAPTURE_VALUES)) {
        if (!thread->seeking) {
            shard->captures = false;
            return NULL;
        }
        thread->seeking--;
    }
    return source_begin(thread, shard, given);
}

void provenance_reset_after_fork(void)
{
    edges = (struct table)TABLE_INIT;
    last_edge = 0;
}
