#include "exporter/build/repeats.h"

#include <stdlib.h>

#include "exporter/base/alloc.h"
#include "exporter/base/map.h"

/* A statement on a database. */
struct question {
    uint64_t executions;
    uint64_t repeated; /* by a group of itself */
    uint64_t elsewhere;
    uint32_t most; /* group */
    bool settled;
};

static void add_group(struct question *q, const struct model *model, uint32_t group, struct verdict verdict)
{
    const struct model_group *g = &model->groups[group];
    q->executions += g->executions;
    q->repeated += g->repeated;
    q->elsewhere += g->facts.repeated_elsewhere;
    if (q->most == MODEL_NONE || g->facts.repeated_elsewhere > model->groups[q->most].facts.repeated_elsewhere)
        q->most = group;
    q->settled = q->settled || verdict.kind == VERDICT_N_PLUS_ONE || verdict.kind == VERDICT_DUPLICATE_QUERY;
}

struct repeats *repeats_find(const struct model *model, const struct verdict *verdicts)
{
    struct repeats *repeats = alloc_zeroed(model->group_count, sizeof *repeats);
    struct question *questions = NULL;
    uint32_t count = 0;
    uint32_t capacity = 0;
    struct map known = {0};
    for (uint32_t i = 0; i < model->group_count; i++) {
        const struct model_group *g = &model->groups[i];
        bool added;
        uint32_t at = map_intern(&known, (uint64_t)g->statement << 32 | g->database, count, &added);
        if (added) {
            ALLOC_GROW(questions, count, capacity);
            questions[count++] = (struct question){.most = MODEL_NONE};
        }
        add_group(&questions[at], model, i, verdicts[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct question *q = &questions[i];
        const struct model_group *g = &model->groups[q->most];
        if (!q->settled && q->elsewhere > 0)
            repeats[q->most] = (struct repeats){q->elsewhere + q->repeated - g->repeated, q->executions - g->executions};
    }
    map_finish(&known);
    free(questions);
    return repeats;
}
