#include "exporter/build/databases.h"

#include <stdlib.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/map.h"

/* Findings by their places, each of which is named by its first finding. */
struct fold {
    struct map places;
    uint32_t *place; /* by finding */
    uint32_t *best;  /* by place: the finding that stays */
    uint32_t *last;  /* by place: the group that the next one is linked to */
    uint64_t *work;  /* by database: executions, so that the levels of a tree stay on the same one */
};

struct wanted {
    const struct model *model;
    const struct model_finding *finding;
};

static bool same_place(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    const struct model_finding *a = &w->model->findings[value];
    const struct model_group *x = &w->model->groups[a->group];
    const struct model_group *y = &w->model->groups[w->finding->group];
    return a->kind == w->finding->kind && !a->allowed == !w->finding->allowed && x->statement == y->statement &&
           x->stack == y->stack && model_system(w->model, a->group) == model_system(w->model, w->finding->group);
}

static uint64_t work_at(const struct fold *fold, const struct model *model, const struct model_finding *f)
{
    uint32_t database = model->groups[f->group].database;
    return database != MODEL_NONE ? fold->work[database] : 0;
}

static bool is_better(const struct fold *fold, const struct model *model, uint32_t finding, uint32_t than)
{
    const struct model_finding *a = &model->findings[finding];
    const struct model_finding *b = &model->findings[than];
    if (a->confidence != b->confidence)
        return a->confidence > b->confidence;
    return work_at(fold, model, a) > work_at(fold, model, b);
}

static void gather(struct fold *fold, const struct model *model)
{
    for (uint32_t i = 0; i < model->group_count; i++) {
        if (model->groups[i].database != MODEL_NONE)
            fold->work[model->groups[i].database] += model->groups[i].executions;
    }
    for (uint32_t i = 0; i < model->finding_count; i++) {
        const struct model_finding *f = &model->findings[i];
        const struct model_group *g = &model->groups[f->group];
        struct wanted wanted = {model, f};
        uint64_t key = hash_mix((uint64_t)g->statement << 32 | g->stack, f->kind);
        if (!map_find(&fold->places, key, same_place, &wanted, &fold->place[i])) {
            map_add(&fold->places, key, i);
            fold->place[i] = fold->best[i] = i;
        }
        uint32_t *best = &fold->best[fold->place[i]];
        *best = is_better(fold, model, i, *best) ? i : *best;
    }
}

static void link_group(struct fold *fold, struct model *model, uint32_t finding)
{
    uint32_t place = fold->place[finding];
    struct model_finding *f = &model->findings[finding];
    struct model_finding *best = &model->findings[fold->best[place]];
    model->groups[fold->last[place]].next_of_finding = f->group;
    fold->last[place] = f->group;
    best->databases++;
    best->executions_everywhere += f->executions;
    best->time_ns_everywhere += f->time_ns;
}

void databases_fold(struct model *model)
{
    uint32_t count = model->finding_count;
    if (model->database_count < 2 || count < 2)
        return;
    struct fold fold = {
        .place = alloc_resize(NULL, count, sizeof *fold.place),
        .best = alloc_resize(NULL, count, sizeof *fold.best),
        .last = alloc_resize(NULL, count, sizeof *fold.last),
        .work = alloc_zeroed(model->database_count, sizeof *fold.work),
    };
    gather(&fold, model);
    for (uint32_t i = 0; i < count; i++) {
        if (fold.place[i] == i)
            fold.last[i] = model->findings[fold.best[i]].group;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (fold.best[fold.place[i]] != i)
            link_group(&fold, model, i);
    }
    model->elsewhere = alloc_resize(NULL, count, sizeof *model->elsewhere);
    model->finding_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (fold.best[fold.place[i]] == i)
            model->findings[model->finding_count++] = model->findings[i];
        else
            model->elsewhere[model->elsewhere_count++] = model->findings[i];
    }
    map_finish(&fold.places);
    free(fold.place);
    free(fold.best);
    free(fold.last);
    free(fold.work);
}

void databases_name(struct model *model)
{
    uint32_t *named = alloc_zeroed(model->finding_count, sizeof *named);
    for (uint32_t i = 0; i < model->elsewhere_count; i++) {
        struct model_finding *f = &model->elsewhere[i];
        uint32_t with = model->groups[f->group].finding;
        f->first = model->findings[with].first;
        f->signature = hash_mix(~model->findings[with].signature, UINT64_C(1) << 32 | ++named[with]);
    }
    free(named);
}
