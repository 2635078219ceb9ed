/* Does a result repeat some of its columns together, many times over, as a join repeats its parent's?
 *
 * Looked at in the results that are captured anyway, for the first few executions of a group: columns that change in just the
 * same rows belong together. Two columns with few values that have nothing to do with each other do not.
 */
#ifndef NPLUS1_AGENT_SOURCE_FANOUT_H
#define NPLUS1_AGENT_SOURCE_FANOUT_H

#include <stdbool.h>
#include <stdint.h>

#define FANOUT_COLUMNS  16
#define FANOUT_CAPTURES 16  /* executions of a group that are looked at */
#define FANOUT_ROWS     512 /* a shorter result costs little */

/* The rows of one execution. Zeroed when it begins. */
struct fanout {
    uint32_t rows;
    uint32_t passed; /* rows right before the next one that were not looked at, but count as rows */
    uint32_t weight; /* of the present row: itself and those that were passed over before it */
    uint32_t due;    /* rows at which it is time to look; 0: FANOUT_ROWS */
    struct {
        uint32_t last;    /* value of the row before */
        uint32_t changes; /* rows with another value than the one before */
        uint64_t where;   /* sum of hashes of these rows' numbers */
    } column[FANOUT_COLUMNS];
};

/* Rows come that are not looked at. The next row that is stands for them, too. */
static inline void fanout_pass(struct fanout *fanout, uint32_t rows)
{
    fanout->passed += rows;
}

/* The next value of a column; columns of a row come in order, from 0. */
static inline void fanout_add(struct fanout *fanout, uint32_t column, uint32_t value)
{
    if (column == 0) {
        fanout->weight = fanout->passed + 1;
        fanout->rows += fanout->weight;
        fanout->passed = 0;
    }
    if (fanout->column[column].last == value)
        return;
    fanout->column[column].last = value;
    fanout->column[column].changes += fanout->weight;
    fanout->column[column].where += fanout->rows * (uint64_t)fanout->rows * UINT64_C(0x9e3779b97f4a7c15) + fanout->rows;
}

/* Whether it is time to look, after a complete row: at powers of two. */
static inline bool fanout_is_due(const struct fanout *fanout)
{
    return fanout->rows >= (fanout->due ? fanout->due : FANOUT_ROWS);
}

/* The rows at which it was time, at the latest, up to now. */
static inline uint32_t fanout_next_due(struct fanout *fanout)
{
    uint32_t rows = UINT32_C(1) << (31 - __builtin_clz(fanout->rows));

    fanout->due = rows <= UINT32_MAX / 2 ? rows * 2 : UINT32_MAX;
    return rows;
}

/* The parent is the largest set of columns that belong together and have few values; distinct: how many each has. 0: there is
 * none; else how many values it has, and *ret_columns. Pure. */
uint32_t fanout_parents(const struct fanout *fanout, const uint32_t *distinct, uint32_t columns, uint32_t *ret_columns);

#endif
