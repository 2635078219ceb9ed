#include "ids.h"

#include <stdlib.h>

#include "fail.h"

void ids_add(struct ids *ids, int64_t value)
{
    if (ids->count == ids->capacity) {
        size_t capacity = ids->capacity ? 2 * ids->capacity : 64;
        int64_t *values = realloc(ids->values, capacity * sizeof *values);

        if (!values)
            sample_fail("out of memory");
        ids->values = values;
        ids->capacity = capacity;
    }
    ids->values[ids->count++] = value;
}

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

size_t ids_distinct(struct ids *ids)
{
    size_t kept = 0;

    if (ids->count > 1)
        qsort(ids->values, ids->count, sizeof *ids->values, compare);
    for (size_t i = 0; i < ids->count; i++)
        if (kept == 0 || ids->values[i] != ids->values[kept - 1])
            ids->values[kept++] = ids->values[i];
    return ids->count = kept;
}

void ids_clear(struct ids *ids)
{
    free(ids->values);
    *ids = (struct ids){0};
}
