/* How the rows of a result have been met by the children that may have come from them, and how much that says.
 *
 * Children take their parent's rows one after the other: that order is what tells a column that they come from from one that
 * merely holds the same numbers. Each meeting of a value is worth so many bits: the logarithm of how much likelier it is when the
 * values were taken from these rows than when they were any of their kind. Counted twice, for two ways in which rows are used:
 *
 *     order   one row after the other, from the first or the last one on; gaps and repeats are less likely, jumps are not
 *     set     in an order of the program's own (sorted, without repeats), which only the values themselves can prove
 *
 * Numbers that follow each other (1, 2, 3) explain themselves: they say little, unless the rows are stepped at the same time, or
 * the walk ends just where the rows end.
 *
 * Pure but for the struct; the agent keeps one for each column that it compares. Units are WALK_BIT to a bit. docs/detection.md
 * explains the numbers to users.
 */
#ifndef NPLUS1_AGENT_SOURCE_WALK_H
#define NPLUS1_AGENT_SOURCE_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/value/value.h"

#define WALK_BIT  4
#define WALK_MOST (WALK_BIT << 16) /* enough of everything */

#define WALK_TAKEN 32 /* rows of which it is known whether they were met */

/* Where the walk over the rows of one execution of the parent stands. Zeroed when it is new. There are many: 20 bytes. */
struct walk_position {
    uint32_t row;       /* the last one that was met, from 1 in the source's log; 0: none yet, or unknown */
    int8_t step;        /* rows are met forwards (1) or backwards (-1); 0: unknown so far */
    uint8_t numbers;    /* numbers that followed each other in it so far; abreast: that came about when it was their turn */
    uint8_t behind : 1; /* rows that the program's driver fetches ahead: 0 or 1 */
    bool whole : 1;     /* from the first of them on, none was left out that had another value */
    bool counted : 1;   /* it was entered by the number after the last one of an earlier result: whatever counts would do so; or
                         * behind the first rows, as one before it */
    bool ended : 1;     /* the last row was met */
    bool at_newest : 1; /* `row` was the newest one when it was met, or `behind` that */
    bool is_last : 1;   /* there was no row behind `row` when it was met, */
    bool left_out : 1;  /* and rows before it had values that nobody asked for */
    bool lost : 1;      /* a value stood in no row that was left */
    uint8_t given_up;   /* rows that stood too far back to be remembered, and were not met so far */
    uint32_t values;    /* met so far, each another one than that before it */
    uint32_t base;      /* all rows before this one were met, or are given up, */
    uint32_t taken;     /* and of the rows from there on, those that were met: a bit each */
};

/* Zeroed when it is new. */
struct walk {
    int32_t order, set;
    int8_t step;             /* the way in which the rows of its episodes are met: as in walk_position */
    uint8_t counted_in_step; /* results in step that began with the number after the last one, up to 2 */
    uint8_t ends;            /* episodes whose end was met, as far as it matters */
    uint32_t meetings;       /* so far */
    uint32_t in_order;       /* meetings that went on from the row before */
    uint32_t adjacent;       /* of them, those of just the next row, or of the first */
    uint32_t ordinal;        /* of the episode that was met last; 0: none */
    uint32_t newest;         /* and of the parent's newest one at that time */
    uint32_t behind;         /* meetings in results that the parent had left behind, of small values */
    uint64_t last;           /* value that was met last */
    uint64_t began;          /* value with which the last episode began */
    uint64_t late;     /* value with which an episode began that left the first rows out: the next one may be the same loop */
    bool is_after_gap; /* set by the owner for the next meeting: nobody knows what the child had before this one */
    uint64_t asked;    /* set by the owner before the first meeting: what the child had before it; 0: nothing, or nobody knows */
    bool is_listed;    /* set by the owner: each value is one of a list, where nobody counts one by one */
    uint32_t gap;      /* the same: so many of its values were not looked for here */
    uint64_t visited;  /* small numbers in the present episode: a bit each */
    uint32_t visited_of;  /* the episode */
    bool visited_is_said; /* that these were all of them */
    int32_t sorted;       /* of `set`, what it says that the numbers are met by their size */
    int8_t sort_step;     /* upwards (1) or downwards (-1); 0: unknown so far */
    bool is_unsorted;     /* they are not */
    bool began_newest;    /* the last episode was the one that the parent gave right before, when it began to be met */
    int32_t end_worth;    /* what the end of the episode before was worth: taken back when the next value counts on from there */
};

/* Nothing that comes changes what is known: so many meetings say enough, for or against. Of more rows than that, all that were
 * met so far one after the other, the end may yet come. */
#define WALK_COMPARED    128 /* while columns are compared, each meeting counts */
#define WALK_ENOUGH_BITS 64
#define WALK_ENOUGH      1024
#define WALK_MEETINGS    16384 /* more than the values that a source has */

static inline bool walk_is_settled(const struct walk *walk, const struct walk_position *at)
{
    if (walk->meetings < WALK_COMPARED)
        return false;
    return walk->order >= WALK_ENOUGH_BITS * WALK_BIT ||
           (walk->meetings >= WALK_ENOUGH && at->row != 0 && (!at->whole || at->ended)) || walk->meetings >= WALK_MEETINGS;
}

/* Small numbers stand in some result or other; larger ones, side by side in one, are days and keys that anybody counts. */
#define WALK_SMALL 10 /* bits */

static inline bool walk_is_wide(uint64_t value)
{
    return value_is_integer(value) && value_width(value) > WALK_SMALL;
}

/* A value was met. */
struct walk_met {
    uint64_t value;
    uint32_t episode;
    uint32_t row, first_row, last_row; /* in the log, from 1; 0: its row is not known */
    bool goes_on;                      /* there are rows behind last_row, which the log has not kept */
    uint32_t ordinal;                  /* of the episode, among those of the parent */
    uint32_t newest;                   /* of the parent's newest one */
    bool is_own;                       /* the child is its own parent, a tree: what counts is no other loop */
    bool is_newest;                    /* the parent has given no other one since */
    bool in_turns;                     /* tasks that take turns meet rows of an episode each */
    uint32_t skipped;    /* rows with other values that were not met before, between this row and the one before it; abreast: see
                          * row_log_find_next */
    uint32_t distinct;   /* values of the column */
    uint64_t seen;       /* values that the candidate has met before: a bit each, by hash */
    uint64_t numbers;    /* small numbers of the column in this episode: a bit each; 0: it has others, too */
    bool abreast;        /* several threads or tasks take the rows, each the next one */
    bool counts_there;   /* the rows beside it have the numbers beside it; asked of wide ones, and of those abreast */
    bool is_new;         /* the candidate has not met the value before */
    bool is_echo;        /* the parent itself was given the value, and its column may only give that back */
    bool is_next_number; /* the column has no number between it and the one that was met last, */
    uint32_t absent;     /* which are so many */
    bool rest_repeats;   /* the rows after it hold only values of rows before them */
};

/* The result has rows up to last_row by now: before the next of its rows is looked for. */
void walk_go_on(struct walk *walk, struct walk_position *at, uint32_t last_row);

void walk_meet(struct walk *walk, struct walk_position *at, const struct walk_met *met);

/* The next value, which the episode has not: where it is the number after the last one, that the walk ended with the rows says
 * nothing any more. Whatever counts from there into other rows, or beyond them, would come by there. */
void walk_count_on(struct walk *walk, uint64_t value);

/* Whether the column's numbers are met by their size, and this passes enough that it has not: a program has sorted them. */
bool walk_is_sorted(const struct walk *walk);

/* Another line of the program has met the rows before, for the same statement: the walk goes on where that one is. */
void walk_join(struct walk *walk, struct walk_position *at, const struct walk *other, const struct walk_position *other_at);

/* The value is not in the column. */
void walk_miss(struct walk *walk);

/* Bits in favour of the column so far: never negative. */
uint32_t walk_bits(const struct walk *walk);

#endif
