#include "exporter/build/places.h"

#include "exporter/symbols/frames.h"

int places_rank(const struct model_frame *frame)
{
    return frame->in_app ? 3 : frame->is_main && frames_is_informative(frame) ? 2 : !frame->is_library ? 1 : 0;
}

uint32_t places_nearest(const struct model *model, uint32_t node)
{
    uint32_t best = MODEL_NONE;
    for (; node != MODEL_NONE; node = model->nodes[node].parent) {
        uint32_t frame = model->nodes[node].frame;
        if (best == MODEL_NONE || places_rank(&model->frames[frame]) > places_rank(&model->frames[best]))
            best = frame;
    }
    return best;
}

void places_locate(struct model *model)
{
    for (uint32_t i = 0; i < model->group_count; i++)
        model->groups[i].location = places_nearest(model, model->groups[i].stack);
}
