#include "agent/source/row_log.h"

#include <string.h>

#define FIRST_ROWS 32

static uint32_t words_of(uint32_t rows, uint32_t columns)
{
    return rows * (columns + 1);
}

static uint32_t *allocate(struct pool *pool, uint32_t words)
{
    uint32_t *memory = pool_alloc_spare(pool, (words + (size_t)1) * sizeof *memory);

    if (!memory)
        return NULL;
    *memory = words;
    return memory + 1;
}

/* Uses the memory that a log before this one left, as much as there is. */
static void begin(struct row_log *log, struct pool *pool, uint32_t columns)
{
    uint32_t rows = FIRST_ROWS, *memory = log->rows.value;

    if (!memory || memory[-1] < words_of(rows, columns))
        memory = allocate(pool, words_of(rows, columns));
    if (!memory)
        return;
    while (rows < ROW_LOG_ROWS && words_of(rows * 2, columns) <= memory[-1])
        rows *= 2;
    log->rows = (struct row_layout){memory, rows - 1, columns};
}

static void grow(struct row_log *log, struct pool *pool)
{
    const struct row_layout *rows = &log->rows;
    uint32_t count = (rows->mask + 1) * 4, words = words_of(count, rows->columns);
    struct row_layout fresh = {NULL, count - 1, rows->columns};

    if (count > ROW_LOG_ROWS || words * sizeof *fresh.value > ROW_LOG_BYTES || !(fresh.value = allocate(pool, words)))
        return;
    for (uint32_t i = 0; i <= rows->mask && i < log->newest; i++) {
        uint32_t row = log->newest - i;
        memcpy(&fresh.value[(size_t)(row & fresh.mask) * fresh.columns], &rows->value[(size_t)(row & rows->mask) * rows->columns],
               rows->columns * sizeof *fresh.value);
        *row_log_episode(&fresh, row) = *row_log_episode(rows, row);
    }
    log->rows = fresh;
}

void row_log_reset(struct row_log *log)
{
    uint32_t *memory = log->rows.value;

    memset(log, 0, sizeof *log);
    log->rows.value = memory;
}

bool row_log_look_in(const struct row_log *log, struct row_layout *ret)
{
    ret->value = __atomic_load_n(&log->rows.value, __ATOMIC_ACQUIRE);
    ret->mask = __atomic_load_n(&log->rows.mask, __ATOMIC_RELAXED);
    ret->columns = __atomic_load_n(&log->rows.columns, __ATOMIC_RELAXED);
    return ret->value && ret->columns > 0 && ret->columns <= UINT8_MAX && ret->mask < ROW_LOG_ROWS &&
           words_of(ret->mask + 1, ret->columns) <= ret->value[-1];
}

bool row_log_span(const struct row_log *log, const struct row_layout *rows, uint32_t episode, struct row_span *ret)
{
    uint32_t newest = log->newest, oldest = newest > rows->mask ? newest - rows->mask : 1;

    *ret = log->span[episode % ROW_LOG_SPANS];
    if (rows->columns == 0 || ret->episode != episode || ret->last < oldest || *row_log_episode(rows, ret->last) != episode)
        return false;
    if (ret->first < oldest)
        ret->first = oldest;
    return true;
}

void row_log_begin(struct row_log *log, struct pool *pool, uint32_t episode, uint32_t ordinal, uint32_t columns)
{
    struct row_span *span = &log->span[episode % ROW_LOG_SPANS];
    uint32_t row = log->newest + 1;

    log->open = NULL;
    if (columns == 0)
        return;
    if (log->rows.columns == 0)
        begin(log, pool, columns);
    else if (log->newest > log->rows.mask)
        grow(log, pool);
    if (columns != log->rows.columns)
        return;
    if (span->episode != episode)
        *span = (struct row_span){episode, ordinal, row, row, false};
    else if (span->goes_on || row - span->first >= ROW_LOG_EPISODE || row - span->first > log->rows.mask) {
        span->goes_on = true;
        return;
    }
    span->last = row;
    log->newest = row;
    *row_log_episode(&log->rows, row) = episode;
    log->open = &log->rows.value[(size_t)(row & log->rows.mask) * columns];
    memset(log->open, 0, columns * sizeof *log->open);
}

static uint64_t bit_of(uint32_t value)
{
    return UINT64_C(1) << (value >> 26);
}

static uint32_t look(const struct row_layout *rows, const struct row_span *span, uint32_t column, uint32_t value, uint32_t from,
                     int step, uint64_t seen, uint32_t *ret_skipped)
{
    uint32_t explained = 0, unexplained = 0, row = from;

    for (unsigned i = 0; i < ROW_LOG_SCAN && row >= span->first && row <= span->last;
         i++, row = (uint32_t)((int64_t)row + step)) {
        uint32_t here = row_log_value(rows, row, column);

        if (*row_log_episode(rows, row) != span->episode) /* rows of another execution come in between */
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

static bool stands_at(const struct row_layout *rows, const struct row_span *span, uint32_t column, uint32_t value, uint32_t row)
{
    return row >= span->first && row <= span->last && *row_log_episode(rows, row) == span->episode &&
           row_log_value(rows, row, column) == value;
}

uint32_t row_log_find(const struct row_layout *rows, const struct row_span *span, uint32_t column, uint32_t value, uint32_t from,
                      int step, uint64_t seen, uint32_t *ret_skipped)
{
    uint32_t row;

    *ret_skipped = 0;
    if (from == 0) { /* the first one, the last one, or one in between; rows of NULL are passed over */
        row = look(rows, span, column, value, span->first, 1, seen, ret_skipped);
        if ((row == 0 || *ret_skipped) && stands_at(rows, span, column, value, span->last)) {
            *ret_skipped = 0;
            return span->last;
        }
        return row;
    }
    step = step < 0 ? -1 : 1;
    row = (uint32_t)((int64_t)from + step);
    if (stands_at(rows, span, column, value, row))
        return row;
    if (stands_at(rows, span, column, value, from)) /* once more */
        return from;
    row = look(rows, span, column, value, row, step, seen, ret_skipped);
    return row ? row : look(rows, span, column, value, (uint32_t)((int64_t)from - step), -step, seen, ret_skipped);
}

uint32_t row_log_find_next(const struct row_layout *rows, const struct row_span *span, uint32_t column, uint32_t value,
                           uint32_t base, uint64_t taken, uint64_t seen, uint32_t *ret_skipped)
{
    uint32_t front = taken ? base + 64 - (uint32_t)__builtin_clzll(taken) : base; /* the row behind all that were taken */

    *ret_skipped = 0;
    for (uint32_t row = base; row >= span->first && row <= span->last && row - base < 64; row++) {
        uint32_t here = row_log_value(rows, row, column);
        if (*row_log_episode(rows, row) != span->episode || here == 0 || (taken >> (row - base) & 1))
            continue;
        if (here == value) {
            if (row < front)
                *ret_skipped = front - base - (uint32_t)__builtin_popcountll(taken) - 1;
            return row;
        }
        *ret_skipped += row >= front && !(seen & bit_of(here));
    }
    return 0;
}

bool row_log_repeats(const struct row_layout *rows, const struct row_span *span, uint32_t column, uint32_t row)
{
    if (span->last - span->first >= ROW_LOG_TAIL)
        return false;
    for (uint32_t later = row; later <= span->last; later++) {
        uint32_t before = span->first, value = row_log_value(rows, later, column);
        if (!value) /* nobody asks for NULL */
            continue;
        while (before < row && row_log_value(rows, before, column) != value)
            before++;
        if (before == row)
            return false;
    }
    return true;
}
