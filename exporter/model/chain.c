#include "exporter/model/chain.h"

bool chain_holds(const struct model_edge *e)
{
    return e->parent != e->child && e->distinct_values >= 2 && e->judged > 0 && e->matches >= e->judged - e->judged / 10 &&
           e->bits >= VERDICT_PROOF_BITS;
}

const struct model_edge *chain_edge(const struct model *model, uint32_t group)
{
    uint32_t edge = model->groups[group].edge;
    return edge != MODEL_NONE && chain_holds(&model->edges[edge]) ? &model->edges[edge] : NULL;
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

uint64_t chain_fan_out(const struct model *model, uint32_t group)
{
    uint64_t most = 0;
    const struct model_edge *edge;
    for (int level = 0; level < CHAIN_MAX && most < 2 && (edge = chain_edge(model, group)); level++) {
        most = edge->max_per_episode;
        group = edge->parent;
    }
    return most;
}
