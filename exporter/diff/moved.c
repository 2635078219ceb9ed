#include "exporter/diff/moved.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/map.h"

/* Findings that ask the same: how many there are, and the last of each state. */
struct question {
    uint32_t count[DIFF_STATES];
    uint32_t finding[DIFF_STATES];
};

static uint64_t fingerprint_of(const struct model *model, uint32_t group)
{
    return group != MODEL_NONE ? model->statements[model->groups[group].statement].fingerprint : 0;
}

static uint64_t key_of(const struct model *model, const struct model_finding *f)
{
    const char *column = f->edge != MODEL_NONE ? model->edges[f->edge].column_name : NULL;
    uint64_t parent = hash_mix(fingerprint_of(model, f->parent), column ? hash_bytes(column, strlen(column), 0) : 0);
    return hash_mix(hash_mix(fingerprint_of(model, f->group), f->kind), parent);
}

static uint64_t key_of_finding(const struct diff *d, const struct diff_finding *f)
{
    return f->new != MODEL_NONE ? key_of(d->new, &d->new->findings[f->new]) : key_of(d->old, &d->old->findings[f->old]);
}

static void pair(struct diff *d, const struct question *q)
{
    if (q->count[DIFF_NEW] != 1 || q->count[DIFF_GONE] != 1)
        return;
    d->findings[q->finding[DIFF_NEW]].moved = q->finding[DIFF_GONE];
    d->findings[q->finding[DIFF_GONE]].moved = q->finding[DIFF_NEW];
}

void moved_find(struct diff *d)
{
    struct map keys = {0};
    struct question *questions = alloc_zeroed(d->finding_count, sizeof *questions);
    uint32_t count = 0;
    for (uint32_t i = 0; i < d->finding_count; i++) {
        struct diff_finding *f = &d->findings[i];
        f->moved = MODEL_NONE;
        if (f->state != DIFF_NEW && f->state != DIFF_GONE)
            continue;
        bool added;
        uint32_t at = map_intern(&keys, key_of_finding(d, f), count, &added);
        count += added;
        questions[at].count[f->state]++;
        questions[at].finding[f->state] = i;
    }
    for (uint32_t i = 0; i < count; i++)
        pair(d, &questions[i]);
    free(questions);
    map_finish(&keys);
}
