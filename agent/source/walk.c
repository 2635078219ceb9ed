#include "agent/source/walk.h"

#include "agent/base/compiler.h"
#include "agent/value/value.h"

#define BITS(n) ((int32_t)((n)*WALK_BIT))

/* A value tells itself from 2^4 others of its kind at the least (development data has more rows than that at one time or
 * another), and in a row of its own not from more than 2^16: what is far from random is not as rare as it looks. */
#define WIDTH_LEAST 4
#define WIDTH_MOST  16

#define NEXT          BITS(1)   /* what it costs that the next row is one of several ways to go on */
#define TURN          BITS(1)   /* backwards is rarer than forwards */
#define JUMP          BITS(3)   /* against the order */
#define IN_STEP       BITS(3.5) /* worth of the first row of a result that the parent gave right before, again and again */
#define ASTRAY        BITS(1)   /* into a result of long ago */
#define MISS          BITS(4)
#define COUNTED       BITS(0.5) /* worth of a number that follows the one before it, of the first few in an episode */
#define COUNTED_MOST  4
#define AGAIN         BITS(0.5) /* worth of the next row when its value was met before */
#define STEPPED       BITS(4)   /* worth of one that is met while its row is the newest one */
#define FIRST_NUMBER  BITS(1.5) /* of 0 or 1, with which whatever counts begins */
#define ENDED         BITS(2)   /* that the walk ends where the rows do */
#define ENDS_MOST     3         /* of so many less one */
#define RESTS         BITS(1)   /* how much less it says that the rest of the rows repeats others */
#define RARE          BITS(2)   /* margin of a value that is met by itself */
#define ABREAST       BITS(2)   /* rows of which each of several that count has taken one */
#define FIRST_ONES    8         /* rows that several may be at when they begin */
#define JUST_SO_OFTEN BITS(3)   /* that values that repeat are met as often as they stand in the rows, in whatever order */
#define SET_MOST      BITS(20)
#define SORTED_MOST   BITS(12)
#define SORTED_ENOUGH BITS(5)
#define KINDS_FLAGS   2  /* values of a column that may be kinds, */
#define KINDS_CODES   6  /* of larger numbers, */
#define KINDS_WORDS   12 /* of all others, */
#define KINDS_ROWS    8  /* and rows for each of them */

/* Four times the logarithm to base 2, rounded down to a quarter. */
static int32_t log_of(uint32_t n)
{
    static const uint8_t quarter[8] = {0, 0, 1, 1, 2, 2, 3, 3};
    int32_t whole;

    if (n < 2)
        return 0;
    whole = 31 - __builtin_clz(n);
    return whole * WALK_BIT + quarter[(whole >= 3 ? n >> (whole - 3) : n << (3 - whole)) & 7];
}

static int32_t width_of(uint64_t value)
{
    uint32_t width = value_width(value);

    return BITS(1) * (int32_t)(width < WIDTH_LEAST ? WIDTH_LEAST : width > WIDTH_MOST ? WIDTH_MOST : width);
}

static uint32_t most_kinds(uint64_t value)
{
    if (value_is_small(value)) /* or keys of what there are few of, which say little by themselves */
        return KINDS_FLAGS;
    return value_is_integer(value) ? KINDS_CODES : KINDS_WORDS;
}

/* A column of few values that come again and again, all of them read already: flags, states, languages. The program may have a
 * list of these that is its own. */
static bool is_enumeration(const struct walk_position *at, const struct walk_met *met)
{
    uint32_t rows = met->last_row - met->first_row + 1;

    return met->row != 0 && !at->at_newest && met->distinct != 0 && rows / KINDS_ROWS >= met->distinct &&
           met->distinct <= most_kinds(met->value);
}

/* The most that a row's value tells: of kinds, which one of those comes next that were not met yet; of numbers that stand side by
 * side, which one of them. */
static int32_t worth_in(const struct walk_position *at, const struct walk_met *met)
{
    uint32_t known = (uint32_t)__builtin_popcountll(met->seen);
    int32_t width = width_of(met->value), kinds = log_of(met->distinct > known ? met->distinct - known : 1) + NEXT,
            side_by_side = log_of(met->distinct);

    if (met->counts_there && met->row != met->first_row && met->row != met->last_row && side_by_side < width)
        width = side_by_side;
    return is_enumeration(at, met) && kinds < width ? kinds : width;
}

/* 1 or -1: the number right after or right before the other one. */
static int follows(uint64_t value, uint64_t before)
{
    uint32_t step = (value_number(value) - value_number(before)) & (VALUE_NUMBER_MASK >> 1);

    if (!value_is_integer(value) || !value_is_integer(before))
        return 0;
    return step == 1 ? 1 : step == VALUE_NUMBER_MASK >> 1 ? -1 : 0;
}

static void add(int32_t *bits, int32_t amount)
{
    *bits += amount;
    if (*bits > WALK_MOST)
        *bits = WALK_MOST;
    if (*bits < -WALK_MOST)
        *bits = -WALK_MOST;
}

/* It counted before it came by here: what goes through rows that have just come does not begin behind the first of them. */
static bool counts_by(const struct walk *walk, const struct walk_met *met)
{
    return walk->ordinal == 0 && walk->asked && follows(met->value, walk->asked) != 0 &&
           (!met->is_newest || (met->row != met->first_row && !met->is_own && follows(met->value, walk->asked) > 0));
}

/* Whether whatever counts would have come to this value, too. A loop that asks for each result in turn meets the newest one each
 * time, not just at last. */
static bool is_counted(const struct walk *walk, const struct walk_met *met)
{
    if (walk->is_after_gap)
        return value_is_integer(met->value);
    if (counts_by(walk, met))
        return true;
    if (met->is_newest && (walk->ordinal == 0 || walk->began_newest || met->is_own))
        return false;
    return walk->last && follows(met->value, walk->last) != 0;
}

void walk_count_on(struct walk *walk, uint64_t value)
{
    if (walk->end_worth == 0 || walk->is_after_gap || follows(value, walk->last) == 0)
        return;
    add(&walk->order, -walk->end_worth);
    walk->end_worth = 0;
    walk->ends--;
}

/* The parent has given other rows since the last meeting, and the value stands in those of before: who takes it from there keeps
 * a queue. Any small number does so by chance: a list's key 1, 2, 3 in the keys of what is loaded for each of its rows. */
static bool is_behind(const struct walk *walk, const struct walk_met *met)
{
    return !met->is_newest && walk->newest != 0 && met->newest > walk->newest && value_width(met->value) <= WALK_SMALL;
}

/* The first row that the parent gave right before, again and again. Two that count keep step by themselves: that says it once. */
static bool is_in_step(struct walk *walk, const struct walk_met *met)
{
    bool is_other = walk->is_listed || (met->value != walk->began && met->value != walk->late);

    if (!met->is_newest || walk->ordinal == 0 || met->ordinal != walk->ordinal + 1 || met->skipped != 0 || !is_other)
        return false;
    if (follows(met->value, walk->last) == 0)
        return true;
    walk->counted_in_step = walk->counted_in_step < 2 ? walk->counted_in_step + 1 : 2;
    return walk->counted_in_step == 1;
}

/* A value that was met before is any of those that were met, and might stand in any of the rows up to this one. */
static int32_t most_again(const struct walk *walk, const struct walk_met *met)
{
    uint32_t rows = walk->step < 0 ? met->last_row - met->row : met->row - met->first_row;

    return log_of((uint32_t)__builtin_popcountll(met->seen)) - log_of(rows + 1);
}

/* The first row of an episode that is met. */
static int32_t begin(struct walk *walk, struct walk_position *at, const struct walk_met *met)
{
    uint32_t from_first = met->row - met->first_row, from_last = met->last_row - met->row;
    int32_t worth = worth_in(at, met);

    if (value_is_integer(met->value) && value_width(met->value) <= 1 && worth > FIRST_NUMBER + NEXT)
        worth = FIRST_NUMBER + NEXT;
    at->counted = is_counted(walk, met);
    if (at->counted && !met->is_own)
        walk_count_on(walk, met->value);
    walk->end_worth = 0;
    walk->began_newest = met->is_newest && !counts_by(walk, met);
    if (at->counted)
        return 0;
    if (walk->last && follows(met->value, walk->last) != 0)
        worth = COUNTED + NEXT;
    at->step = 0;
    at->numbers = 0;
    if (met->value == walk->began &&
        !walk->is_listed) { /* the same rows once more: all of them may be met, but they say nothing new */
        worth = NEXT;
        at->numbers = COUNTED_MOST;
    }
    walk->began = met->value;
    if (from_first != 0 && from_last == 0 && walk->step <= 0) {
        at->step = -1;
        at->whole = true;
        return worth - NEXT - TURN;
    }
    if (from_first != 0 && from_last == 0) { /* the last row of results that are met forwards otherwise */
        at->whole = false;
        return worth - NEXT - 2 * log_of(from_first + 1);
    }
    if (from_first != 0 && met->value == walk->late) {
        at->counted = true;
        at->whole = false;
        return 0;
    }
    at->whole = met->skipped == 0;
    if (!at->whole)
        walk->late = met->value;
    worth -= NEXT + 2 * log_of(met->skipped + 1);
    return met->counts_there && worth < -JUMP ? -JUMP : worth;
}

/* A walk that has come to an end may begin again; one that has not jumps. */
static bool may_begin_again(const struct walk_position *at, const struct walk_met *met)
{
    return at->ended && (met->row == met->first_row || met->row == met->last_row);
}

/* The worth of a step to this row from the one before. */
static int32_t go_on(struct walk *walk, struct walk_position *at, const struct walk_met *met)
{
    int8_t step = met->row > at->row ? 1 : -1;
    int32_t turn = at->step == 0 && step < 0 ? TURN : 0, worth;
    uint32_t left_out;
    bool stepped = at->at_newest && met->row + at->behind == met->last_row && step > 0;

    if (at->step == 0)
        at->step = step;
    if (walk->step == 0)
        walk->step = step;
    else if (walk->step != step)
        return -JUMP;
    at->whole = at->whole && met->skipped == 0;
    /* Where the program is at the newest row, it has not picked this one among those that it left out. */
    left_out = stepped ? 0 : met->skipped;
    /* A value that was met before was to be expected here as much as there. Few bits say which ones were: of numbers that follow
     * each other one seems so sooner or later. */
    if (!met->is_new && follows(met->value, walk->last) == 0)
        return left_out == 0 ? AGAIN : 0;
    if (follows(met->value, walk->last) != 0 && left_out == 0) {
        if (stepped)
            return STEPPED;
        if (at->counted || at->numbers >= COUNTED_MOST)
            return 0;
        at->numbers++;
        return COUNTED - turn;
    }
    worth = worth_in(at, met) - NEXT - turn - 2 * log_of(left_out + 1);
    return worth > -JUMP ? worth : -JUMP;
}

static int32_t worth_of_end(struct walk *walk, int32_t worth)
{
    if (walk->ends < ENDS_MOST)
        walk->ends++;
    walk->end_worth = worth + (walk->ends < ENDS_MOST ? ENDED : 0);
    return walk->end_worth;
}

/* That the last row is met by a walk that left none out, or the last one that has a value of its own. */
static void end(struct walk *walk, struct walk_position *at, const struct walk_met *met)
{
    uint32_t rows = met->last_row - met->first_row + 1;
    bool is_last = met->row == (at->step < 0 ? met->first_row : met->last_row);

    if (rows < 2 || met->goes_on || at->at_newest || at->ended || !(is_last || (met->rest_repeats && at->step > 0)))
        return;
    at->ended = true;
    if (at->whole && !at->counted && (is_last || !is_enumeration(at, met)))
        add(&walk->order, worth_of_end(walk, is_last ? log_of(rows) : log_of(met->row - met->first_row + 1) - RESTS));
}

/* The same where the rows do not say: just as many values were met as the column has. */
static void end_of_values(struct walk *walk, struct walk_position *at, const struct walk_met *met)
{
    if (at->values < 2 || at->values != met->distinct || at->at_newest || at->ended || !at->whole || at->counted ||
        is_enumeration(at, met))
        return;
    at->ended = true;
    add(&walk->order, worth_of_end(walk, log_of(at->values) - RESTS));
}

/* A row is met. Those far behind are given up. */
static void take(struct walk_position *at, uint32_t row)
{
    if (unlikely(row - at->base >= WALK_TAKEN)) {
        uint32_t dropped = row - at->base - (WALK_TAKEN - 1);
        uint32_t met = dropped < WALK_TAKEN ? at->taken & ((UINT32_C(1) << dropped) - 1) : at->taken;
        uint32_t given_up = at->given_up + dropped - (uint32_t)__builtin_popcount(met);
        at->given_up = (uint8_t)(given_up < UINT8_MAX ? given_up : UINT8_MAX);
        at->taken = dropped < WALK_TAKEN ? at->taken >> dropped : 0;
        at->base += dropped;
    }
    at->taken |= UINT32_C(1) << (row - at->base);
    while (at->taken & 1) {
        at->taken >>= 1;
        at->base++;
    }
}

/* Rows in which the number stands beside the numbers beside it: several that count come to them in the same way, and later than
 * their turn as well. That speaks against the order as far as any row that is left would have done, unless so many came about
 * when it was their turn. */
static int32_t worth_of_number(struct walk_position *at, const struct walk_met *met, int32_t before, int32_t left)
{
    int32_t lack = before - (left > ABREAST ? left : ABREAST), turns = lack / WALK_BIT + 1;

    if (before <= ABREAST) {
        at->numbers = at->numbers < UINT8_MAX ? at->numbers + 1 : UINT8_MAX;
        return at->numbers <= COUNTED_MOST ? COUNTED : 0;
    }
    if (lack <= 0)
        return 0;
    if (at->numbers < COUNTED_MOST + turns)
        return -lack;
    at->numbers -= (uint8_t)turns;
    return 0;
}

/* Each of several takes the next row that nobody has, so that rows come as they stand but for a few: the first one that has the
 * value and was not taken is the one, and those before it are as many ways to go on. Who takes the rows in no order at all comes
 * to one of those that are left, too, or to one of the values that were met before, or that were not. */
static int32_t worth_abreast(struct walk_position *at, const struct walk_met *met)
{
    uint32_t known = (uint32_t)__builtin_popcountll(met->seen);
    uint32_t rows = met->last_row + 1 - at->base - (uint32_t)__builtin_popcount(at->taken);
    int32_t values = log_of(!met->is_new            ? known
                            : met->distinct > known ? met->distinct - known
                                                    : 1),
            worth = width_of(met->value);
    int32_t before = log_of(met->skipped + 1);

    before += before / 2;
    if (met->counts_there)
        return worth_of_number(at, met, before, log_of(rows) - NEXT);
    if (values < worth)
        worth = values;
    if (!met->goes_on && log_of(rows) < worth)
        worth = log_of(rows);
    return worth - NEXT - before;
}

/* Where the first rows are met, but another one before the very first: that one is where they begin. A number says so no less
 * than it would have if it had come in its turn. */
static int32_t worth_of_first(const struct walk_position *at, const struct walk_met *met)
{
    int32_t width = width_of(met->value), side_by_side = log_of(met->distinct);

    return met->row == met->first_row && met->counts_there && !at->counted && at->base == met->first_row &&
                   at->taken < UINT32_C(1) << FIRST_ONES && side_by_side < width
               ? width - side_by_side
               : 0;
}

/* All rows were met, each once. */
static void end_abreast(struct walk *walk, struct walk_position *at, const struct walk_met *met)
{
    uint32_t rows = met->last_row - met->first_row + 1;

    if (at->ended || at->lost || at->given_up || met->goes_on || at->base <= met->last_row || rows < 2)
        return;
    at->ended = true;
    if (!at->counted)
        add(&walk->order, worth_of_end(walk, log_of(rows)));
    if (met->distinct * 2 <= rows)
        add(&walk->set, JUST_SO_OFTEN);
}

static void meet_abreast(struct walk *walk, struct walk_position *at, const struct walk_met *met)
{
    int32_t worth;

    if (met->row == 0) {
        if (met->goes_on || met->value == walk->last)
            return;
        if (at->given_up) { /* it may be one of those */
            at->given_up--;
            end_abreast(walk, at, met);
            return;
        }
        add(&walk->order, -JUMP);
        at->lost = true;
        return;
    }
    worth = worth_abreast(at, met) + worth_of_first(at, met);
    add(&walk->order, worth > -JUMP ? worth : -JUMP);
    walk->in_order++;
    walk->adjacent += met->skipped == 0;
    take(at, met->row);
    at->row = met->row;
    end_abreast(walk, at, met);
}

/* Back in an earlier result, at a row behind the one that was met there: who takes any of the rows comes to some result's next
 * row all the time. */
static int32_t come_back(const struct walk *walk, struct walk_position *at, const struct walk_met *met, int32_t worth)
{
    int32_t results = log_of(met->newest);

    if (met->ordinal == walk->ordinal || met->is_own || met->in_turns)
        return worth;
    at->whole = false;
    return worth <= 0 ? worth : worth > results ? worth - results : 0;
}

static void meet_in_order(struct walk *walk, struct walk_position *at, const struct walk_met *met)
{
    bool newest, behind;

    at->values += at->values == 0 || met->value != walk->last;
    if (met->abreast && at->row != 0) {
        meet_abreast(walk, at, met);
        return;
    }
    if (met->row == 0) {
        walk->in_order += met->goes_on && at->row == met->last_row && at->step > 0; /* as far as anybody can tell */
        end_of_values(walk, at, met);
        return;
    }
    newest = met->row + at->behind == met->last_row && met->last_row != met->first_row;
    behind = is_behind(walk, met);
    walk->behind += behind;
    behind = behind && !met->is_own; /* who walks a tree may keep its nodes in a queue */
    if (at->row == 0) {
        bool in_step = is_in_step(walk, met); /* before the walk begins anew */
        int32_t worth = begin(walk, at, met);
        /* One after the other, or the one that the parent gave just now: else any of them would have done. */
        bool in_turn = met->is_newest || walk->ordinal == 0 || met->ordinal == walk->ordinal + 1;
        bool is_told = !at->counted || walk->is_after_gap;
        if (in_step && is_told && worth < IN_STEP)
            worth = IN_STEP;
        if (!met->is_new && worth > most_again(walk, met))
            worth = most_again(walk, met);
        worth = behind && worth > 0 ? 0 : worth;
        at->counted = at->counted || behind;
        add(&walk->order, in_turn || worth < -ASTRAY ? worth : -ASTRAY);
        at->behind = met->row + 1 == met->last_row;
        at->at_newest = met->row + at->behind == met->last_row && !met->abreast;
        at->base = met->first_row;
        walk->in_order++;
        walk->adjacent += met->row == met->first_row || (at->step < 0 && met->row == met->last_row);
        if (at->step < 0) /* or the only one that is met: that is no end */
            at->at_newest = false;
    } else if (met->row == at->row) {
        return;
    } else if (at->step != 0 && (met->row > at->row) != (at->step > 0)) {
        if (may_begin_again(at, met)) { /* the same rows once more say nothing new */
            at->step = met->row == met->first_row ? 0 : -1;
            at->whole = true;
            at->at_newest = false;
        } else {
            add(&walk->order, -JUMP);
            at->whole = false;
        }
    } else if (walk->gap && at->step >= 0 && met->row == at->row + 1 + walk->gap) {
        /* just as many rows on as there were executions: none was left out, and nothing is known of their order */
        at->step = walk->step = 1;
        at->values += walk->gap;
        end(walk, at, met);
    } else {
        int32_t worth;
        at->counted = at->counted || behind;
        worth = come_back(walk, at, met, go_on(walk, at, met));
        add(&walk->order, behind && worth > 0 ? 0 : worth);
        walk->in_order++;
        walk->adjacent += met->row == at->row + 1 || met->row + 1 == at->row;
        at->at_newest = at->at_newest && newest;
        end(walk, at, met);
        end_of_values(walk, at, met);
    }
    if (met->row >= at->base)
        take(at, met->row);
    at->row = met->row;
    at->is_last = met->row == met->last_row;
    at->left_out = met->skipped != 0;
    walk->ordinal = met->ordinal;
}

/* span * H(n / span): the logarithm of how many sets of n numbers there are in a span. */
static int32_t sets_of(uint32_t n, uint32_t span)
{
    int32_t bits = 0;

    if (n >= span)
        return 0;
    bits += (int32_t)n * (log_of(span) - log_of(n));
    bits += (int32_t)(span - n) * (log_of(span) - log_of(span - n));
    return bits < SET_MOST ? bits : SET_MOST;
}

/* One number of the column after the other, by their size: a program has sorted them, and each number that it passes because the
 * column has it not says so. */
static void meet_sorted(struct walk *walk, const struct walk_met *met)
{
    int32_t worth = log_of(met->absent + 1);

    if (walk->meetings == 1 || walk->is_unsorted || met->episode != walk->visited_of || met->value == walk->last)
        return;
    if (met->is_next_number) {
        walk->sort_step = walk->sort_step ? walk->sort_step : value_number(met->value) > value_number(walk->last) ? 1 : -1;
        worth = worth < SORTED_MOST - walk->sorted ? worth : SORTED_MOST - walk->sorted;
    } else {
        walk->is_unsorted = true;
        worth = -walk->sorted;
    }
    walk->sorted += worth;
    add(&walk->set, worth);
}

static void meet_in_set(struct walk *walk, const struct walk_position *at, const struct walk_met *met)
{
    int32_t rare = BITS(1) * (int32_t)value_width(met->value) - log_of(met->distinct) - RARE;
    int32_t sets;
    uint32_t n, span;

    if (is_enumeration(at, met))
        walk->is_unsorted = true; /* the program's own list may be sorted, too */
    meet_sorted(walk, met);
    if (walk->visited_of != met->episode) {
        walk->visited_of = met->episode;
        walk->visited = 0;
        walk->visited_is_said = false;
    }
    if (is_enumeration(at, met))
        return;
    if (met->is_new && rare > 0 && !met->counts_there && follows(met->value, walk->last) == 0)
        add(&walk->set, rare < BITS(WIDTH_MOST) ? rare : BITS(WIDTH_MOST));
    if (met->numbers == 0 || !value_is_small(met->value))
        return;
    walk->visited |= UINT64_C(1) << value_number(met->value);
    if (walk->visited != met->numbers || walk->visited_is_said)
        return;
    walk->visited_is_said = true;
    n = (uint32_t)__builtin_popcountll(met->numbers);
    span = (uint32_t)(63 - __builtin_clzll(met->numbers)) - (uint32_t)__builtin_ctzll(met->numbers) + 1;
    sets = n >= 3 ? sets_of(n, span) : 0;
    if (sets > walk->sorted) /* which is of the same holes */
        add(&walk->set, sets - walk->sorted);
}

/* What seemed to be the last row, met first on a way back, was the newest one of a result that is being read. */
void walk_go_on(struct walk *walk, struct walk_position *at, uint32_t last_row)
{
    if (at->step >= 0 || !at->is_last || at->row >= last_row)
        return;
    at->step = 0;
    at->at_newest = true;
    at->whole = !at->left_out;
    if (at->left_out)
        walk->late = walk->began;
}

void walk_meet(struct walk *walk, struct walk_position *at, const struct walk_met *met)
{
    int32_t order = walk->order;

    walk->meetings++;
    meet_in_order(walk, at, met);
    if (!met->is_echo)
        meet_in_set(walk, at, met);
    else if (walk->order > order)
        walk->order = order;
    walk->newest = met->newest;
    walk->last = met->value;
    walk->is_after_gap = false;
    walk->gap = 0;
}

void walk_join(struct walk *walk, struct walk_position *at, const struct walk *other, const struct walk_position *other_at)
{
    if (other->order > walk->order) {
        walk->order = other->order;
        walk->ends = other->ends;
        walk->end_worth = other->end_worth;
    }
    walk->step = other->step;
    walk->last = other->last;
    walk->began = other->began;
    walk->late = other->late;
    walk->ordinal = other->ordinal;
    walk->newest = other->newest;
    walk->began_newest = other->began_newest;
    *at = *other_at;
}

bool walk_is_sorted(const struct walk *walk)
{
    return walk->sorted >= SORTED_ENOUGH;
}

void walk_miss(struct walk *walk)
{
    add(&walk->order, -MISS);
    add(&walk->set, -MISS);
}

uint32_t walk_bits(const struct walk *walk)
{
    int32_t bits = (walk->order > 0 ? walk->order : 0) + (walk->set > 0 ? walk->set : 0);

    return (uint32_t)bits / WALK_BIT;
}
