#include "agent/source/row_log.h"

#include <string.h>

#define FIRST_ROWS 32

static uint32_t words_of(uint32_t rows, uint32_t columns)
{
    return rows * (columns + 1);
}

/* Lays `rows` rows out in memory. */
static void lay_out(struct row_log *log, uint32_t *memory, uint32_t rows, uint32_t columns)
{
    log->value = memory;
    log->episode = memory + (size_t)rows * columns;
    log->mask = rows - 1;
    log->columns = columns;
}

/* Uses the memory that a log before this one left, as much as there is. */
static void begin(struct row_log *log, struct pool *pool, uint32_t columns)
{
    uint32_t rows = FIRST_ROWS, *memory = log->value;

    if (log->words < words_of(rows, columns)) {
        memory = pool_alloc(pool, words_of(rows, columns) * sizeof *memory);
        if (!memory)
            return;
        log->words = words_of(rows, columns);
    }
    while (rows < ROW_LOG_ROWS && words_of(rows * 2, columns) <= log->words)
        rows *= 2;
    lay_out(log, memory, rows, columns);
}

static void grow(struct row_log *log, struct pool *pool)
{
    uint32_t rows = (log->mask + 1) * 4, words = words_of(rows, log->columns), *memory;
    struct row_log fresh = *log;

    if (rows > ROW_LOG_ROWS || words * sizeof *memory > ROW_LOG_BYTES || !(memory = pool_alloc(pool, words * sizeof *memory)))
        return;
    lay_out(&fresh, memory, rows, log->columns);
    fresh.words = words;
    for (uint32_t i = 0; i <= log->mask && i < log->newest; i++) {
        uint32_t row = log->newest - i;
        memcpy(&fresh.value[(size_t)(row & fresh.mask) * log->columns], &log->value[(size_t)(row & log->mask) * log->columns],
               log->columns * sizeof *memory);
        fresh.episode[row & fresh.mask] = log->episode[row & log->mask];
    }
    *log = fresh;
}

void row_log_reset(struct row_log *log)
{
    uint32_t *memory = log->value, words = log->words;

    memset(log, 0, sizeof *log);
    log->value = memory;
    log->words = words;
}

bool row_log_span(const struct row_log *log, uint32_t episode, struct row_span *ret)
{
    uint32_t oldest = log->newest > log->mask ? log->newest - log->mask : 1;

    *ret = log->span[episode % ROW_LOG_SPANS];
    if (log->columns == 0 || ret->episode != episode || ret->last < oldest || log->episode[ret->last & log->mask] != episode)
        return false;
    if (ret->first < oldest)
        ret->first = oldest;
    return true;
}

void row_log_begin(struct row_log *log, struct pool *pool, uint32_t episode, uint32_t ordinal, uint32_t columns)
{
    struct row_span *span = &log->span[episode % ROW_LOG_SPANS];
    uint32_t row = log->newest + 1;

    log->is_open = false;
    if (columns == 0)
        return;
    if (log->columns == 0)
        begin(log, pool, columns);
    else if (log->newest > log->mask)
        grow(log, pool);
    if (columns != log->columns)
        return;
    if (span->episode != episode)
        *span = (struct row_span){episode, ordinal, row, row};
    else if (row - span->first >= ROW_LOG_EPISODE || row - span->first > log->mask)
        return;
    span->last = row;
    log->newest = row;
    log->episode[row & log->mask] = episode;
    memset(&log->value[(size_t)(row & log->mask) * columns], 0, columns * sizeof(uint32_t));
    log->is_open = true;
}

static uint64_t bit_of(uint32_t value)
{
    return UINT64_C(1) << (value >> 26);
}

static uint32_t look(const struct row_log *log, const struct row_span *span, uint32_t column, uint32_t value, uint32_t from,
                     int step, uint64_t seen, uint32_t *ret_skipped)
{
    uint32_t explained = 0, unexplained = 0, row = from;

    for (unsigned i = 0; i < ROW_LOG_SCAN && row >= span->first && row <= span->last;
         i++, row = (uint32_t)((int64_t)row + step)) {
        uint32_t here = row_log_value(log, row, column);

        if (log->episode[row & log->mask] != span->episode) /* rows of another execution come in between */
            continue;
        if (here == value) {
            *ret_skipped = unexplained + explained / 8;
            return row;
        }
        if (here && (seen & bit_of(here)))
            explained++;
        else
            unexplained += here != 0;
    }
    return 0;
}

static bool stands_at(const struct row_log *log, const struct row_span *span, uint32_t column, uint32_t value, uint32_t row)
{
    return row >= span->first && row <= span->last && log->episode[row & log->mask] == span->episode &&
           row_log_value(log, row, column) == value;
}

uint32_t row_log_find(const struct row_log *log, const struct row_span *span, uint32_t column, uint32_t value, uint32_t from,
                      int step, uint64_t seen, uint32_t *ret_skipped)
{
    uint32_t row;

    *ret_skipped = 0;
    if (from == 0) { /* the first one, the last one, or one in between */
        if (!stands_at(log, span, column, value, span->first) && stands_at(log, span, column, value, span->last))
            return span->last;
        return look(log, span, column, value, span->first, 1, seen, ret_skipped);
    }
    step = step < 0 ? -1 : 1;
    row = (uint32_t)((int64_t)from + step);
    if (stands_at(log, span, column, value, row))
        return row;
    if (stands_at(log, span, column, value, from)) /* once more */
        return from;
    row = look(log, span, column, value, row, step, seen, ret_skipped);
    return row ? row : look(log, span, column, value, (uint32_t)((int64_t)from - step), -step, seen, ret_skipped);
}

bool row_log_repeats(const struct row_log *log, const struct row_span *span, uint32_t column, uint32_t row)
{
    if (span->last - span->first >= ROW_LOG_TAIL)
        return false;
    for (uint32_t later = row; later <= span->last; later++) {
        uint32_t before = span->first;
        while (before < row && row_log_value(log, before, column) != row_log_value(log, later, column))
            before++;
        if (before == row)
            return false;
    }
    return true;
}
