#include "agent/evidence/candidates.h"

#include "agent/group/shard.h"
#include "agent/process/thread.h"
#include "agent/value/value.h"

#define BETWEEN_MOST 64 /* numbers that are looked for between two */

/* Several connections at once ask for what stands in one result: whoever is free takes the next row. */
static void note_connection(const struct thread *thread, struct candidate *candidate, const struct transaction *connection,
                            bool goes_on)
{
    uint32_t number = source_connection(connection);

    if (goes_on && thread->crowded && number != candidate->connection)
        candidate->is_spread = true;
    candidate->connection = number;
}

/* The numbers beside it stand in the rows beside it: who counts comes by there, too. */
static bool counts_there(const struct row_layout *rows, const struct row_span *span, uint32_t column, uint32_t row,
                         uint64_t value)
{
    int64_t number = value_number(value);

    for (int step = -1; step <= 1 && value_is_integer(value); step += 2) {
        uint32_t before = source_short(value_hash_int(number - step)), after = source_short(value_hash_int(number + step));
        if ((row > span->first && row_log_value(rows, row - 1, column) == before) ||
            (row < span->last && row_log_value(rows, row + 1, column) == after))
            return true;
    }
    return false;
}

/* Whether the column has none of the numbers between the one that was met last and this one: who has sorted them comes to it
 * next. */
static void find_between(const struct candidate *candidate, struct walk_met *met)
{
    int64_t last = value_number(candidate->walk.last), number = value_number(met->value), step = number > last ? 1 : -1;
    bool are_numbers = value_is_integer(met->value) && value_is_integer(candidate->walk.last) &&
                       (candidate->walk.sort_step == 0 || candidate->walk.sort_step == step);

    if (!are_numbers || candidate->walk.is_unsorted || number == last || (number - last) * step > BETWEEN_MOST)
        return;
    for (int64_t between = last + step; between != number; between += step) {
        if (source_has(candidate->source, candidate->column, value_hash_int(between)))
            return;
    }
    met->is_next_number = true;
    met->absent = (uint32_t)((number - last) * step - 1);
}

static void find_next(const struct candidate *candidate, const struct walk_position *at, const struct row_layout *rows,
                      const struct row_span *span, struct walk_met *met)
{
    uint32_t base = at->row ? at->base : span->first;
    uint32_t taken = at->row ? at->taken : 0;

    if (base < span->first) { /* the log has lost some */
        taken = span->first - base < WALK_TAKEN ? taken >> (span->first - base) : 0;
        base = span->first;
    }
    met->row = row_log_find_next(rows, span, candidate->column, source_short(met->value), base, taken,
                                 met->is_new ? candidate->seen : 0, &met->skipped);
    met->counts_there = met->row && counts_there(rows, span, candidate->column, met->row, met->value);
}

/* What the same statement from another line of the program has met of these rows, up to the one that is met now: whoever came
 * furthest; NULL: nothing. */
static const struct candidate *furthest(const struct candidate *candidate, const struct group_shard *child,
                                        const struct walk_met *met, const struct walk_position **ret_at)
{
    const struct source *source = candidate->source;
    const struct candidate *found = NULL;

    for (uint32_t i = 0; i < SOURCE_CHILDREN; i++) {
        const struct group_shard *shard = source->child[i];
        const struct episodes *episodes;
        const struct candidate *c;
        if (!shard || shard == child || shard->group->statement != child->group->statement || !shard->lookout)
            continue;
        c = candidate_find(shard->lookout, source, candidate->column, candidate->slot);
        if (!c || c->elsewhere)
            continue;
        episodes = c == shard->lookout->chosen ? &shard->lookout->episodes : &c->episodes;
        if (episodes->now != met->episode || episodes->at.step < 0 || episodes->at.row == 0 || episodes->at.row >= met->row ||
            (found && episodes->at.row <= (*ret_at)->row))
            continue;
        found = c;
        *ret_at = &episodes->at;
    }
    return found;
}

/* The walk begins behind the first rows: another line of the program may have taken those. A loop's first turn has a stack of its
 * own where a compiler peeled it, where a machine had not compiled the function yet, where the statement was prepared by it. */
static COLD void join(struct candidate *candidate, struct walk_position *at, const struct row_layout *rows,
                      const struct row_span *span, const struct group_shard *child, struct walk_met *met)
{
    const struct walk_position *other_at = NULL;
    const struct candidate *other = furthest(candidate, child, met, &other_at);
    uint32_t skipped;

    if (!other || row_log_find(rows, span, candidate->column, source_short(met->value), other_at->row, 1,
                               candidate->seen | other->seen, &skipped) != met->row)
        return;
    if (skipped >= met->skipped)
        return;
    walk_join(&candidate->walk, at, &other->walk, other_at);
    met->skipped = skipped;
}

/* A value that may yet say something: which row it stands in, and what that is worth. */
static NOINLINE void meet_row(const struct thread *thread, struct candidate *candidate, struct walk_position *at,
                              const struct group_shard *child, uint32_t episode, uint64_t value, bool is_new)
{
    const struct source *source = candidate->source;
    const struct source_column *column = &source->column[candidate->column];
    struct walk_met met = {.value = value,
                           .episode = episode,
                           .is_own = source->shard == child,
                           .is_new = is_new,
                           .abreast = candidate->elsewhere || candidate->is_spread,
                           .in_turns = candidate->elsewhere || thread->was_crowded};
    struct row_layout rows = source->log.rows;
    struct row_span span;

    if ((!candidate->elsewhere || row_log_look_in(&source->log, &rows)) && row_log_span(&source->log, &rows, episode, &span)) {
        if (at->row != 0 && (at->row < span.first || at->row > span.last))
            *at = (struct walk_position){0};
        walk_go_on(&candidate->walk, at, span.last);
        /* Behind the rows of the log any value may be the next one. */
        if (met.abreast)
            find_next(candidate, at, &rows, &span, &met);
        else if (!span.goes_on || at->row != span.last || at->step <= 0)
            met.row = row_log_find(&rows, &span, candidate->column, (uint32_t)(value >> 32), at->row, at->step, candidate->seen,
                                   &met.skipped);
        if (at->row == 0 && met.skipped != 0 && !met.abreast && !candidate->elsewhere)
            join(candidate, at, &rows, &span, child, &met);
        met.first_row = span.first;
        met.last_row = span.last;
        met.goes_on = span.goes_on;
        met.ordinal = span.ordinal;
        met.rest_repeats = met.row && met.row != span.last && row_log_repeats(&rows, &span, candidate->column, met.row + 1);
        met.is_newest = source->episode == episode && source->shard->captures;
        if (!met.abreast && met.row && (at->row == 0 || met.row != at->row + (uint32_t)at->step))
            met.counts_there = walk_is_wide(value) && counts_there(&rows, &span, candidate->column, met.row, value);
    }
    find_between(candidate, &met);
    met.newest = source->captures;
    met.is_echo = (source->echoes & ~source->tells) >> candidate->column & 1;
    met.seen = candidate->seen;
    met.distinct = source_distinct(source, candidate->column);
    met.numbers = column->numbers_of == episode ? column->numbers : 0;
    walk_meet(&candidate->walk, at, &met);
}

void candidate_meet(const struct thread *thread, struct candidate *candidate, struct episodes *episodes,
                    const struct group_shard *child, const struct transaction *connection, uint32_t episode, uint64_t value)
{
    uint64_t bit = UINT64_C(1) << (value >> 58);
    bool is_new = !(candidate->seen & bit) || (!candidate->varies && value >> 32 != candidate->first);

    if (unlikely(!candidate->varies)) {
        candidate->first = candidate->seen ? candidate->first : (uint32_t)(value >> 32);
        candidate->varies = value >> 32 != candidate->first;
    }
    note_connection(thread, candidate, connection, episode == episodes->now);
    /* A page that is asked for again and again is still one page. */
    episodes_add(episodes, episode, value, candidate->source->shard != child);
    if (walk_is_settled(&candidate->walk, &episodes->at))
        candidate->walk.in_order += candidate->walk.order > 0;
    else
        meet_row(thread, candidate, &episodes->at, child, episode, value, is_new);
    candidate->seen |= bit;
}
