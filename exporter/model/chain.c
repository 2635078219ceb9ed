#include "exporter/model/chain.h"

const struct model_edge *chain_edge(const struct model *model, uint32_t group)
{
    uint32_t edge = model->groups[group].edge;
    return edge != MODEL_NONE && evidence_holds(chain_evidence(&model->edges[edge])) ? &model->edges[edge] : NULL;
}

uint32_t chain_parent(const struct model *model, uint32_t group)
{
    const struct model_edge *edge = chain_edge(model, group);
    return edge ? edge->parent : MODEL_NONE;
}

uint32_t chain_root(const struct model *model, uint32_t group)
{
    uint32_t root = group;
    for (int level = 0; level < CHAIN_MAX; level++) {
        const struct model_edge *edge = chain_edge(model, root);
        if (!edge || edge->parent == group)
            break;
        root = edge->parent;
    }
    return root;
}

static bool step(const void *context, uintptr_t *group, struct edge_sums *ret)
{
    const struct model_edge *edge = chain_edge(context, (uint32_t)*group);
    if (!edge)
        return false;
    *group = edge->parent;
    *ret = edge->sums;
    return true;
}

uint64_t chain_fan_out(const struct model *model, uint32_t group)
{
    return evidence_fan_out(step, model, group);
}
