#include "exporter/build/workers.h"

#include <stdlib.h>

#include "exporter/base/alloc.h"

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

void workers_add(struct workers *workers, const struct share *share)
{
    if (share->executions == 0)
        return;
    ALLOC_GROW(workers->shares, workers->count, workers->capacity);
    workers->shares[workers->count++] = *share;
}

static int compare_groups(const void *a, const void *b)
{
    const struct share *x = a;
    const struct share *y = b;
    return x->group < y->group ? -1 : x->group > y->group;
}

/* Results of statements that ran once, by process and rows. */
static int compare_results(const void *a, const void *b)
{
    const struct share *x = a;
    const struct share *y = b;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return x->rows < y->rows ? -1 : x->rows > y->rows;
}

static struct share *results_of(const struct workers *workers, uint32_t *ret_count)
{
    struct share *results = alloc_zeroed(workers->count, sizeof *results);
    *ret_count = 0;
    for (uint32_t i = 0; i < workers->count; i++) {
        if (workers->shares[i].executions == 1)
            results[(*ret_count)++] = workers->shares[i];
    }
    if (*ret_count > 0)
        qsort(results, *ret_count, sizeof *results, compare_results);
    return results;
}

static bool has_result(const struct share *results, uint32_t count, uint32_t pid, uint64_t rows)
{
    struct share wanted = {.pid = pid, .rows = rows};
    return pid && count > 0 && bsearch(&wanted, results, count, sizeof *results, compare_results);
}

static bool are_of_several(const struct workers *workers)
{
    for (uint32_t i = 1; i < workers->count; i++) {
        if (workers->shares[i].pid != workers->shares[0].pid)
            return true;
    }
    return false;
}

void workers_mark(const struct workers *workers, struct model *model)
{
    uint32_t count;
    if (!are_of_several(workers))
        return;
    struct share *results = results_of(workers, &count);
    qsort(workers->shares, workers->count, sizeof *workers->shares, compare_groups);
    for (uint32_t i = 0, end; i < workers->count; i = end) {
        const struct share *first = &workers->shares[i];
        struct model_group *group = &model->groups[first->group];
        bool is_of_one = true;
        for (end = i; end < workers->count && workers->shares[end].group == first->group; end++)
            is_of_one = is_of_one && workers->shares[end].parent_pid == first->parent_pid;
        if (is_of_one && group->executions >= group->threshold)
            group->handed_out = has_result(results, count, first->parent_pid, group->executions) ||
                                has_result(results, count, first->grandparent_pid, group->executions);
    }
    free(results);
}
