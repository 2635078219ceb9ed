#include "exporter/formats/profile/stacks.h"

uint32_t stacks_frames(const struct model *model, uint32_t node, uint32_t ret[STACKS_DEPTH_MAX])
{
    uint32_t depth = 0;
    for (; node != MODEL_NONE && depth < STACKS_DEPTH_MAX; node = model->nodes[node].parent)
        ret[depth++] = model->nodes[node].frame;
    return depth;
}

uint64_t stacks_left_out_ns(const struct model *model)
{
    uint64_t ns = 0;
    for (uint32_t i = 0; i < model->group_count; i++)
        ns += model->groups[i].time_ns;
    return model->totals.time_ns > ns ? model->totals.time_ns - ns : 0;
}
