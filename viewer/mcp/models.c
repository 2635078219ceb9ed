#include "viewer/mcp/models.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exporter/base/alloc.h"
#include "viewer/complain.h"
#include "viewer/load.h"

#define KEPT 2 /* as many as diff wants */

/* What a file was when it was looked at, before it was read. */
struct stamp {
    char *path;
    struct stat st;
};

struct kept {
    struct model *model; /* NULL: none */
    struct stamp *stamps;
    size_t count;
    uint64_t used; /* by the larger one of two, the other one goes */
    bool may_change;
};

static struct kept kept[KEPT];
static uint64_t uses;

static struct stamp *stamp_all(const struct load_paths *paths)
{
    struct stamp *stamps = alloc_zeroed(paths->count, sizeof *stamps);
    for (size_t i = 0; i < paths->count; i++) {
        stamps[i].path = alloc_format("%s", paths->at[i]);
        if (stat(paths->at[i], &stamps[i].st) != 0)
            stamps[i].st = (struct stat){0};
    }
    return stamps;
}

static void free_stamps(struct stamp *stamps, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(stamps[i].path);
    free(stamps);
}

static bool is_same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
    return a->st.st_ino != 0 && strcmp(a->path, b->path) == 0 && a->st.st_dev == b->st.st_dev && a->st.st_ino == b->st.st_ino &&
           a->st.st_size == b->st.st_size && is_same_time(a->st.st_mtim, b->st.st_mtim) &&
           is_same_time(a->st.st_ctim, b->st.st_ctim);
}

static bool holds(const struct kept *k, const struct stamp *stamps, size_t count)
{
    bool same = k->model && !k->may_change && k->count == count;
    for (size_t i = 0; i < count && same; i++)
        same = is_same(&k->stamps[i], &stamps[i]);
    return same;
}

static void forget(struct kept *k)
{
    model_destroy(k->model);
    free_stamps(k->stamps, k->count);
    *k = (struct kept){0};
}

/* A store into a mapped file changes no time of it as long as its page has not been written back: whoever has not said that it
 * ended may go on. */
static bool may_change(const struct model *model)
{
    for (uint32_t i = 0; i < model->process_count; i++) {
        if (model->processes[i].ended != MODEL_ENDED_EXIT)
            return true;
    }
    return false;
}

static struct kept *oldest(void)
{
    struct kept *k = &kept[0];
    for (size_t i = 1; i < KEPT; i++)
        k = kept[i].used < k->used ? &kept[i] : k;
    return k;
}

static const struct model *get(const struct load_paths *paths, int *status)
{
    struct stamp *stamps = stamp_all(paths);
    for (size_t i = 0; i < KEPT && *status == EXIT_FINE; i++) {
        if (!holds(&kept[i], stamps, paths->count))
            continue;
        free_stamps(stamps, paths->count);
        kept[i].used = ++uses;
        return kept[i].model;
    }
    struct kept *k = oldest();
    forget(k); /* first: there is no need for the memory of three */
    struct model *model = load_model_from(paths, status);
    if (!model) {
        free_stamps(stamps, paths->count);
        return NULL;
    }
    *k = (struct kept){model, stamps, paths->count, ++uses, *status != EXIT_FINE || may_change(model)};
    return model;
}

const struct model *models_get(char **names, int count, int *status)
{
    struct load_paths paths = {0};
    const struct model *model = NULL;
    load_find(&paths, names, count, status);
    if (paths.count > 0)
        model = get(&paths, status);
    load_paths_finish(&paths);
    return model;
}

void models_settle(void)
{
    for (size_t i = 0; i < KEPT; i++) {
        if (kept[i].may_change)
            forget(&kept[i]);
    }
}

void models_end(void)
{
    for (size_t i = 0; i < KEPT; i++)
        forget(&kept[i]);
}
