#include "exporter/model/cost.h"

#include "exporter/model/chain.h"

struct tree {
    const struct model *model;
    const uint32_t *findings;
    uint32_t count;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t sum(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* NULL: the group has none in the tree. */
static const struct model_finding *finding_of(const struct tree *tree, uint32_t group)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct model_finding *f = &tree->model->findings[tree->findings[i]];
        if (f->group == group)
            return f;
    }
    return NULL;
}

/* How often its rows will be loaded: once for each execution of the parent that caused it, but no more often than the parent's
 * own rows are by then. */
static uint64_t batches(const struct tree *tree, const struct model_finding *f)
{
    uint64_t most = UINT64_MAX;
    if (f->parent == f->group) /* one for each level of a tree, and nobody counted those */
        return f->executions;
    for (int level = 0; level < CHAIN_MAX && f; level++) {
        most = smaller(most, smaller(f->episodes > 0 ? f->episodes : 1, f->executions));
        f = f->parent != MODEL_NONE && f->parent != f->group ? finding_of(tree, f->parent) : NULL;
    }
    return most;
}

struct cost cost_of(const struct model *model, uint32_t root, const uint32_t *findings, uint32_t count)
{
    const struct tree tree = {model, findings, count};
    struct cost cost = {0};
    if (!finding_of(&tree, root))
        cost.now = cost.fixed = model->groups[root].executions;
    for (uint32_t i = 0; i < count; i++) {
        const struct model_finding *f = &model->findings[findings[i]];
        cost.now = sum(cost.now, f->executions);
        /* A joined statement comes with its parent, which is the root or a level above. Its own statement is gone. */
        if (!f->advice.joins)
            cost.fixed = sum(cost.fixed, batches(&tree, f));
    }
    return cost;
}
