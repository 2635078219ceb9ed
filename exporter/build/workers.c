#include "exporter/build/workers.h"

#include <stdlib.h>

#include "exporter/base/alloc.h"

struct share {
    uint32_t group;
    uint32_t pid;
    uint32_t parent_pid;
    uint64_t executions;
    uint64_t rows;
};

struct workers {
    struct share *shares;
    uint32_t count;
    uint32_t capacity;
};

struct workers *workers_create(void)
{
    return alloc_zeroed(1, sizeof(struct workers));
}

void workers_destroy(struct workers *workers)
{
    if (!workers)
        return;
    free(workers->shares);
    free(workers);
}

void workers_add(struct workers *workers, uint32_t pid, uint32_t parent_pid, uint32_t group, uint64_t executions, uint64_t rows)
{
    if (executions == 0)
        return;
    ALLOC_GROW(workers->shares, workers->count, workers->capacity);
    workers->shares[workers->count++] = (struct share){group, pid, parent_pid, executions, rows};
}

static int compare_groups(const void *a, const void *b)
{
    const struct share *x = a;
    const struct share *y = b;
    return x->group < y->group ? -1 : x->group > y->group;
}

/* A result of the process has so many rows. */
static bool has_result(const struct workers *workers, uint32_t pid, uint64_t rows)
{
    for (uint32_t i = 0; i < workers->count; i++) {
        const struct share *s = &workers->shares[i];
        if (s->pid == pid && s->executions == 1 && s->rows == rows)
            return true;
    }
    return false;
}

void workers_mark(const struct workers *workers, struct model *model)
{
    if (workers->count > 0)
        qsort(workers->shares, workers->count, sizeof *workers->shares, compare_groups);
    for (uint32_t i = 0, end; i < workers->count; i = end) {
        const struct share *first = &workers->shares[i];
        struct model_group *group = &model->groups[first->group];
        bool is_of_one = true;
        for (end = i; end < workers->count && workers->shares[end].group == first->group; end++)
            is_of_one = is_of_one && workers->shares[end].parent_pid == first->parent_pid;
        if (is_of_one && group->executions >= group->threshold)
            group->handed_out = has_result(workers, first->parent_pid, group->executions);
    }
}
