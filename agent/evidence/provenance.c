#include "agent/evidence/provenance.h"

#include <string.h>

#include "agent/evidence/candidates.h"
#include "agent/evidence/choice.h"
#include "agent/evidence/edges.h"
#include "agent/evidence/elsewhere.h"
#include "agent/evidence/judge.h"
#include "agent/evidence/lookout.h"
#include "agent/group/group.h"
#include "agent/statement/statement.h"

#define SEARCH_ALL    32 /* executions of a child that search everywhere, from its first one on */
#define SEARCH_AGAIN  4  /* executions in a row that search again later */
#define SEARCH_SAME   2  /* searches for a value that every execution has had so far */
#define MISSES_MAX    256
#define MISSES_LOOKED 32
#define TURNS         2 /* values in a row that another parent's rows have */
/* A parent is captured from its first execution on: 16 executions, and up to 256 while there are few values, because tasks that
 * take turns all execute the parent before any child of theirs. */
#define CAPTURE_ALL    16
#define CAPTURE_MOST   256
#define CAPTURE_VALUES 1024
#define SEEK_CAPTURE   16 /* executions of the thread that are captured when somebody seeks */

static void forget_searches(struct lookout *lookout)
{
    lookout->searches = 0;
    lookout->varied = 0;
    memset(lookout->nulls, 0, sizeof lookout->nulls);
}

/* The column did not keep its promise, or its source is gone: then what it proved stays so. */
static void dismiss(struct lookout *lookout, uint64_t executions, bool failed)
{
    if (failed)
        choice_take_back(lookout);
    else
        lookout->since = executions; /* the search begins anew */
    lookout->chosen->source = NULL;
    lookout->chosen = lookout->moved_to = NULL;
    lookout->edge.id = 0;
    lookout->edge.counters = NULL;
    if (!failed)
        forget_searches(lookout);
}

static bool has_name_of(const struct source *source, uint32_t column, const struct candidate *candidate)
{
    return strcmp(source->column[column].name, candidate->source->column[candidate->column].name) == 0;
}

/* Rows of another statement go on where those of the chosen one ended: the second page of a list has another text than the first
 * one. What was asked for before says nothing against them. */
static bool goes_on(const struct lookout *lookout, const struct source *source, uint32_t column, uint32_t slot)
{
    const struct candidate *chosen = lookout->chosen;

    return chosen && !chosen->elsewhere && chosen->slot == slot && source->captures == 1 && source->episode > lookout->episode &&
           has_name_of(source, column, chosen);
}

/* What the child had before the present value in that slot. */
static void tell_last(const struct lookout *lookout, struct candidate *candidate)
{
    if (lookout->chosen && lookout->chosen->slot == candidate->slot && lookout->asked_before)
        candidate->walk.last = lookout->asked_before;
    else
        candidate->walk.is_after_gap = lookout->gap > 0;
    candidate->walk.gap = lookout->gap;
}

static void found(struct thread *thread, const struct group_shard *shard, const struct provenance_question *question,
                  struct source *source, uint32_t column, uint32_t slot, uint32_t episode, uint64_t value, bool is_strange)
{
    struct candidate *candidate = candidate_place(thread, shard->lookout, question->text, source, column, slot);

    if (!candidate)
        return;
    if (candidate->matches == 0) {
        candidate->goes_on = goes_on(shard->lookout, source, column, slot);
        candidate->behind = candidate->goes_on ? shard->lookout->chosen->serial : 0;
        candidate->silent = candidate->goes_on ? shard->lookout->searches - 1 : shard->lookout->nulls[slot];
        candidate->walk.asked = shard->lookout->earlier[slot];
        source->child[source->children++ % SOURCE_CHILDREN] = shard;
    }
    candidate->matches++;
    candidate->strange += is_strange;
    candidate->searched = shard->lookout->searches;
    if (candidate != shard->lookout->chosen && !candidate->is_counted) { /* these were asked already */
        tell_last(shard->lookout, candidate);
        candidate_meet(thread, candidate, &candidate->episodes, shard, question->connection, episode, value);
    }
    source->streaming = true;
}

/* Searches one source for the value of a slot. */
static void search_source(struct thread *thread, const struct group_shard *shard, const struct provenance_question *question,
                          struct source *source, uint32_t slot, uint64_t value)
{
    uint32_t episode;

    for (uint64_t left = source_columns_with(source, value); left; left &= left - 1) {
        uint32_t column = (uint32_t)__builtin_ctzll(left);
        if (source_find(thread, source, column, value, question->connection, &episode) &&
            candidate_may_count_own(source, column, shard))
            found(thread, shard, question, source, column, slot, episode, value,
                  source_is_strange(thread, source, question->connection, episode));
    }
}

/* Notes the values, and returns the slots that had another one in the search before, bits. */
static uint32_t note_values(struct lookout *lookout, const uint64_t *values, uint32_t count)
{
    uint32_t changed = 0;

    for (uint32_t slot = 0; slot < count; slot++) {
        changed |= (uint32_t)(values[slot] != lookout->values[slot]) << slot;
        lookout->earlier[slot] = lookout->searches > 1 && lookout->gap == 0 ? lookout->values[slot] : 0;
        lookout->values[slot] = values[slot];
    }
    if (lookout->searches > 1)
        lookout->varied |= changed;
    return changed;
}

/* A column explains two different values at the least, so what has always been the same is not looked for any more: a program's
 * constants stand everywhere. Bits. */
static uint32_t constants(const struct lookout *lookout)
{
    return lookout->searches > SEARCH_SAME ? ~lookout->varied : 0;
}

/* What is known of the columns that had the constants at first: whether these are there still. Counts as a search does, but what
 * comes for the same value again says nothing of the order of rows. */
static void count_constants(const struct thread *thread, const struct group_shard *shard,
                            const struct provenance_question *question, const uint64_t *values, uint32_t slots)
{
    struct lookout *lookout = shard->lookout;
    uint32_t episode;

    for (uint32_t i = 0; i < lookout->candidates && slots; i++) {
        struct candidate *c = &lookout->candidate[i];
        if (!(slots >> c->slot & 1) || !candidate_is_valid(c) ||
            !source_find(thread, c->source, c->column, values[c->slot], question->connection, &episode) ||
            !candidate_may_count_own(c->source, c->column, shard))
            continue;
        c->matches++;
        c->strange += source_is_strange(thread, c->source, question->connection, episode);
        c->searched = lookout->searches;
        episodes_add(&c->episodes, episode, values[c->slot], c->source->shard != shard);
    }
}

/* Counts the slots whose value is NULL, or not known, or a constant: these match nothing, and say nothing against a column
 * either. Bits. */
static uint32_t count_nulls(struct lookout *lookout, const uint64_t *values, uint32_t count)
{
    uint32_t nulls = 0;

    for (uint32_t slot = 0; slot < count; slot++) {
        if (values[slot] != VALUE_NULL && !(constants(lookout) >> slot & 1))
            continue;
        lookout->nulls[slot]++;
        nulls |= UINT32_C(1) << slot;
    }
    return nulls;
}

/* Searches the rows that the calling thread read. Returns the slots that it looked for, bits. */
static uint32_t search_own(struct thread *thread, const struct group_shard *shard, const struct provenance_question *question,
                           bool is_late)
{
    uint64_t values[STATEMENT_SLOTS];
    uint32_t changed, nulls, slots, count = 0;
    uint8_t wanted[STATEMENT_SLOTS];

    for (uint32_t slot = 0; slot < question->text->slot_count; slot++)
        values[slot] = statement_slot_has_value(question->text, slot) ? values_of_slot(question->values, question->text, slot)
                                                                      : VALUE_NULL;
    changed = note_values(shard->lookout, values, question->text->slot_count);
    nulls = count_nulls(shard->lookout, values, question->text->slot_count);
    if (!is_late)
        count_constants(thread, shard, question, values, nulls & constants(shard->lookout));
    slots = (is_late ? changed : UINT32_MAX) & ~nulls;
    for (uint32_t left = slots & ((UINT32_C(1) << question->text->slot_count) - 1); left; left &= left - 1)
        wanted[count++] = (uint8_t)__builtin_ctz(left);
    for (struct source *source = thread->sources && count ? thread->sources->newest : NULL; source; source = source->older) {
        for (uint32_t i = 0; i < count; i++) {
            if (source_may_have(source, values[wanted[i]]))
                search_source(thread, shard, question, source, wanted[i], values[wanted[i]]);
        }
    }
    return slots;
}

/* Looks for every parameter in every column of every source; is_late: but for those that are the same as in the search before,
 * which say nothing new, wherever they stand. */
static void search(struct thread *thread, const struct group_shard *shard, const struct provenance_question *question,
                   bool is_late)
{
    struct lookout *lookout = shard->lookout;
    uint32_t slots;

    lookout->searches++;
    lookout->weak = 0;
    slots = search_own(thread, shard, question, is_late);
    candidates_missed(thread, lookout, slots);
    lookout->episode = thread->last_episode;
}

/* The row after the one that was met last, in the same result: where the next value of a loop stands. */
static inline bool is_next_row(const struct thread *thread, const struct lookout *lookout, uint64_t value)
{
    const struct source *source = lookout->chosen->source;
    const struct row_log *log = &source->log;
    uint32_t row = lookout->episodes.at.row + (lookout->episodes.at.step < 0 ? UINT32_MAX : 1);

    return likely(lookout->episodes.at.row != 0) && likely(thread->sources != NULL) &&
           likely(thread->sources->unit == thread->unit) && likely(!thread->crowded) && likely(row - 1 < log->newest) &&
           likely(log->newest - row <= log->rows.mask) && *row_log_episode(&log->rows, row) == lookout->episodes.now &&
           row_log_value(&log->rows, row, lookout->chosen->column) == value >> 32;
}

static bool find_chosen(const struct thread *thread, const struct lookout *lookout, const struct provenance_question *question,
                        uint64_t value, uint32_t *ret_episode)
{
    const struct candidate *chosen = lookout->chosen;

    if (!walk_is_settled(&chosen->walk, &lookout->episodes.at) && is_next_row(thread, lookout, value)) {
        *ret_episode = lookout->episodes.now;
        return true;
    }
    return source_find(thread, chosen->source, chosen->column, value, question->connection, ret_episode);
}

/* The parent was not executed where the child is. */
static bool is_excused(const struct thread *thread, const struct candidate *chosen)
{
    return !chosen->elsewhere && source_is_silent(thread, chosen->source);
}

/* A column of the same name, or one that proves by itself. */
static bool is_as_sure(const struct candidate *candidate, const struct candidate *chosen)
{
    return candidate->is_counted || has_name_of(candidate->source, candidate->column, chosen) ||
           walk_bits(&candidate->walk) >= VERDICT_PROOF_BITS;
}

/* The column of rows that another statement gave since, or that explained the child before, in which the value stands; NULL:
 * there is none. One that had all other values, too, tells against the chosen one: the first rows of a long result may have the
 * numbers of a short one. */
static struct candidate *other_parent(const struct thread *thread, struct lookout *lookout,
                                      const struct provenance_question *question, uint64_t value, uint32_t *ret_episode)
{
    const struct candidate *chosen = lookout->chosen;
    struct candidate *found = NULL;

    for (uint32_t i = 0; i < lookout->candidates && !chosen->elsewhere; i++) {
        struct candidate *c = &lookout->candidate[i];
        uint32_t episode;
        if (c == chosen || !candidate_is_valid(c) || c->elsewhere || c->slot != chosen->slot ||
            !(c->is_counted || c->source->episode > chosen->source->episode) || !is_as_sure(c, chosen) ||
            !source_find(thread, c->source, c->column, value, question->connection, &episode))
            continue;
        if (!c->is_counted && candidate_covers(c, chosen))
            return NULL;
        if (!found) {
            found = c;
            *ret_episode = episode;
        }
    }
    return found;
}

/* Whether the value, which the chosen column has not, comes from another parent's rows. Who explained the child before meets it
 * now: it may be its turn again. */
static bool has_moved_on(const struct thread *thread, struct lookout *lookout, const struct group_shard *shard,
                         const struct provenance_question *question, uint64_t value)
{
    uint32_t episode;
    struct candidate *other = other_parent(thread, lookout, question, value, &episode);

    lookout->turns = other && other == lookout->moved_to ? lookout->turns + 1 : other != NULL;
    lookout->moved_to = other;
    if (other && other->is_counted) {
        candidate_meet(thread, other, &other->episodes, shard, question->connection, episode, value);
        other->met++;
    }
    return other != NULL;
}

/* Asks the chosen column; whether the value was there. */
static inline bool ask_chosen(const struct thread *thread, struct lookout *lookout, const struct group_shard *shard,
                              const struct provenance_question *question)
{
    struct candidate *chosen = lookout->chosen;
    uint64_t *counters = lookout->edge.counters, value = values_of_slot(question->values, question->text, chosen->slot),
             bit = UINT64_C(1) << (value >> 58);
    uint32_t episode;

    if (unlikely(value == VALUE_NULL)) { /* says nothing */
        lookout->moved_to = NULL;
        return false;
    }
    lookout->asked_before = lookout->asked;
    lookout->asked = value;
    if (unlikely(!find_chosen(thread, lookout, question, value, &episode))) {
        if (chosen->source->truncated) { /* it may be among the rows that did not fit */
            lookout->moved_to = NULL;
            return false;
        }
        lookout->misses++;
        walk_count_on(&chosen->walk, value);
        *counters_word(counters, EDGE_BITS) = lookout->before[EDGE_BITS] + walk_bits(&chosen->walk);
        if (has_moved_on(thread, lookout, shard, question, value) ||
            is_excused(thread, chosen)) /* another way leads to the child */
            return false;
        lookout->missed++;
        lookout->missed_since++;
        walk_miss(&chosen->walk);
        *counters_word(counters, EDGE_JUDGED) += 1;
        *counters_word(counters, EDGE_BITS) = lookout->before[EDGE_BITS] + walk_bits(&chosen->walk);
        return false;
    }
    lookout->misses = lookout->missed_since = 0;
    lookout->moved_to = NULL;
    chosen->source->streaming = true;
    *counters_word(counters, EDGE_MATCHES) += 1;
    *counters_word(counters, EDGE_JUDGED) += 1;
    if (unlikely(!(chosen->seen & bit)) || unlikely(!chosen->varies)) {
        uint32_t before = candidate_distinct(chosen);
        candidate_meet(thread, chosen, &lookout->episodes, shard, question->connection, episode, value);
        *counters_word(counters, EDGE_DISTINCT_VALUES) += candidate_distinct(chosen) - before;
    } else {
        candidate_meet(thread, chosen, &lookout->episodes, shard, question->connection, episode, value);
    }
    *counters_word(counters, EDGE_EPISODES) = lookout->before[EDGE_EPISODES] + lookout->episodes.count;
    *counters_word(counters, EDGE_MOVED) = lookout->before[EDGE_MOVED] + lookout->episodes.moved;
    if (unlikely(lookout->episodes.resized)) {
        lookout->episodes.resized = false;
        choice_set_sizes(&lookout->edge, lookout->before, &lookout->episodes);
    }
    if (lookout->episodes.in_most > *counters_word(counters, EDGE_MAX_PER_EPISODE))
        *counters_word(counters, EDGE_MAX_PER_EPISODE) = lookout->episodes.in_most;
    *counters_word(counters, EDGE_BITS) = lookout->before[EDGE_BITS] + walk_bits(&chosen->walk);
    *counters_word(counters, EDGE_IN_ORDER) = lookout->before[EDGE_IN_ORDER] + chosen->walk.in_order;
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

/* More often wrong than right. */
static bool is_disappointing(const struct lookout *lookout)
{
    return lookout->missed >= MISSES_LOOKED &&
           lookout->missed > *edge_word(&lookout->edge, EDGE_MATCHES) - lookout->before[EDGE_MATCHES];
}

/* Nobody knows where the values come from, and the thread has begun something else: the first pages of a server say nothing of
 * the later ones. Ever more rarely, as everything that is in vain. */
static void begin_anew(const struct thread *thread, struct lookout *lookout, uint64_t executions)
{
    if (lookout->unit == thread->unit)
        return;
    lookout->unit = thread->unit;
    if (!lookout->chosen && is_power_of_two(++lookout->units) && executions > SEARCH_ALL) {
        lookout->since = executions - 1;
        forget_searches(lookout);
        for (uint32_t i = 0; i < lookout->candidates; i++)
            lookout->candidate[i].source = NULL;
    }
}

/* The loop over the chosen parent's rows is over, and one over those of another one has begun: tasks that take turns change at
 * every execution, and stay with one of them. */
static void change_parent(struct thread *thread, const struct group_shard *shard, const struct provenance_question *question)
{
    struct lookout *lookout = shard->lookout;
    struct candidate *other = lookout->moved_to;
    bool was_counted = other->is_counted;

    choice_pass_on(thread, shard->group, lookout, other, question->text->slots_in_all);
    if (!was_counted) /* which met the present value already */
        ask_chosen(thread, lookout, shard, question);
}

/* All but the usual case. asked: the chosen column was asked just now, and did not have the value. */
static COLD void look_around(struct thread *thread, struct group_shard *shard, const struct provenance_question *question,
                             bool asked)
{
    uint64_t executions = *counters_word(shard->counters, COUNTER_EXECUTIONS), searched;
    struct lookout *lookout = shard->lookout;
    struct candidate *candidate;
    const struct candidate *chosen;

    if (!lookout) {
        if (question->text->slot_count)
            lookout = shard->lookout = lookout_create(thread, shard, executions);
        if (!lookout) {
            shard->look_in = PROVENANCE_NEVER;
            return;
        }
    }
    if (lookout->chosen && !candidate_is_valid(lookout->chosen))
        dismiss(lookout, executions - 1, false);
    if (lookout->chosen && !asked)
        ask_chosen(thread, lookout, shard, question);
    if (lookout->chosen && lookout->moved_to && lookout->turns >= TURNS &&
        !candidate_is_rival(lookout->moved_to, lookout->chosen))
        change_parent(thread, shard, question);
    if (lookout->chosen && (lookout->misses > MISSES_MAX || is_disappointing(lookout)))
        dismiss(lookout, executions, is_disappointing(lookout) || !(lookout->moved_to || is_excused(thread, lookout->chosen)));
    begin_anew(thread, lookout, executions);
    searched = executions - lookout->since;
    /* Where it is known whose value a miss was, nothing is looked for. */
    if (is_due(searched) ||
        (lookout->misses && is_power_of_two(lookout->misses) && !(lookout->moved_to && lookout->moved_to->is_counted))) {
        if (searched > SEARCH_ALL && searched == power_of_four(searched))
            candidates_fade(lookout);
        lookout->gap = lookout->searched_at && executions > lookout->searched_at
                           ? (uint32_t)(executions - lookout->searched_at - 1)
                           : 0;
        lookout->searched_at = executions;
        search(thread, shard, question, searched > SEARCH_ALL);
        chosen = lookout->chosen;
        candidate = candidate_best(lookout, shard);
        if (!candidate && !chosen && lookout->searches % SEARCH_AGAIN == 0)
            candidate = candidate_of_several(lookout, shard);
        if (candidate && candidate != chosen && !(chosen && candidate->is_counted && !candidate_is_rival(candidate, chosen)))
            choice_make(thread, shard->group, lookout, candidate, question->text->slots_in_all);
        if (!lookout->chosen)
            elsewhere_look(thread, shard, question);
        else if (lookout->chosen != chosen || searched <= SEARCH_ALL || is_power_of_two(lookout->searches))
            choice_note_second(thread, shard, lookout, question->text->slots_in_all);
        if (lookout->chosen && lookout->searches <= SEARCH_ALL)
            choice_note_companions(thread, shard, lookout, question->text->slots_in_all);
    }
    lookout->calm = next_due(searched) - searched;
    if (lookout->chosen) {
        shard->look_in = 1;
        judge_group(shard);
        return;
    }
    /* Nobody knows where the values come from: have more results captured, but ask ever more rarely. */
    if (searched == 2 || (searched > 2 && searched == power_of_four(searched)))
        seek(thread);
    shard->look_in = lookout->calm;
}

void provenance_look(struct thread *thread, struct group_shard *shard, const struct statement_text *text,
                     const struct values *values, const struct transaction *connection)
{
    const struct provenance_question question = {text, values, connection};
    struct lookout *lookout = shard->lookout;
    bool asked = lookout && lookout->chosen && candidate_is_valid(lookout->chosen) && --lookout->calm != 0;

    thread->looks++;
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
    edges_reset_after_fork();
    sources_reset_after_fork();
}
