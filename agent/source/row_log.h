/* The rows of a group's latest results, in their order: 32 bits of each value.
 *
 * A ring of rows, numbered from 1 on; of one execution the first ROW_LOG_EPISODE are kept. It grows as it is needed, up to
 * ROW_LOG_BYTES. Written by the thread of its source; others may read, and then find what is there or something else, never
 * anything that is not memory of the agent's. Fails by keeping less.
 */
#ifndef NPLUS1_AGENT_SOURCE_ROW_LOG_H
#define NPLUS1_AGENT_SOURCE_ROW_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/memory.h"

#define ROW_LOG_EPISODE 512
#define ROW_LOG_ROWS    1024
#define ROW_LOG_BYTES   (64 << 10)
#define ROW_LOG_SPANS   128 /* executions of which it is known where their rows are */
#define ROW_LOG_SCAN    128 /* rows that are looked through for a value */
#define ROW_LOG_TAIL    16  /* rows, in which a walk's end is looked for */

/* How the rows lie in memory. */
struct row_layout {
    uint32_t *value; /* of the row r, column c: value[(r & mask) * columns + c]; 0: NULL, or not captured. value[-1]: the words of
                      * the memory from there on, which never change */
    uint32_t mask;   /* rows in the ring, minus 1 */
    uint32_t columns; /* 0: none yet */
};

struct row_log {
    struct row_layout rows;
    uint32_t newest; /* number of the newest row; 0: none */
    uint32_t *open;  /* the values of the row that comes now; NULL: it is not kept */
    struct row_span {
        uint32_t episode, ordinal, first, last;
        bool goes_on;      /* there were more rows behind `last`, which are not kept */
    } span[ROW_LOG_SPANS]; /* by the number of the execution */
};

/* The layout of another thread's log at one moment, in bounds whatever that thread does meanwhile. False: there is none now. */
bool row_log_look_in(const struct row_log *log, struct row_layout *ret);

/* Where the rows of one execution are: the first and the last of those that are still there. False: nowhere. rows: the log's, or
 * what row_log_look_in gave; so below. */
bool row_log_span(const struct row_log *log, const struct row_layout *rows, uint32_t episode, struct row_span *ret);

/* Forgets all rows but keeps the memory, for those of another group. */
void row_log_reset(struct row_log *log);

/* A row of an execution comes; ordinal: which one of its group. */
void row_log_begin(struct row_log *log, struct pool *pool, uint32_t episode, uint32_t ordinal, uint32_t columns);

/* One of the columns that row_log_begin was told of. */
static inline void row_log_put(struct row_log *log, uint32_t column, uint32_t value)
{
    if (log->open)
        log->open[column] = value;
}

/* The value of a row that row_log_span says is there; 0 beyond the columns that are kept. */
static inline uint32_t row_log_value(const struct row_layout *rows, uint32_t row, uint32_t column)
{
    return column < rows->columns ? rows->value[(size_t)(row & rows->mask) * rows->columns + column] : 0;
}

/* The execution that a row is of. */
static inline uint32_t *row_log_episode(const struct row_layout *rows, uint32_t row)
{
    return &rows->value[(size_t)(rows->mask + 1) * rows->columns + (row & rows->mask)];
}

/* The row of an execution at which a value stands, looked for from `from` on (0: from its first row on) in the direction of step,
 * then in the other one; 0: not found. seen: bits, by the values' upper six, of what was met before; *ret_skipped: the rows in
 * between that are not explained by that. */
uint32_t row_log_find(const struct row_layout *rows, const struct row_span *span, uint32_t column, uint32_t value, uint32_t from,
                      int step, uint64_t seen, uint32_t *ret_skipped);

/* The same where several take the rows: the first one of 64 rows from `base` on that has the value and is not among the taken
 * ones, a bit each from there on. *ret_skipped: rows that it leaves behind, or how many others were left, if it is one of those;
 * of the former only such as have no value seen before, bits as above (0: any). 0: not found. */
uint32_t row_log_find_next(const struct row_layout *rows, const struct row_span *span, uint32_t column, uint32_t value,
                           uint32_t base, uint64_t taken, uint64_t seen, uint32_t *ret_skipped);

/* Whether the rows of an execution from `row` on hold nothing that stands not before it, too: with an identity map that is where
 * the walk ends. Of few rows: false where there are more than ROW_LOG_TAIL. */
bool row_log_repeats(const struct row_layout *rows, const struct row_span *span, uint32_t column, uint32_t row);

#endif
