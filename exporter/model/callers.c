#include "exporter/model/callers.h"

#include <string.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_known(const struct model *model, const struct model_frame *frame, const uint32_t *frames, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct model_frame *f = &model->frames[frames[i]];
        if (same_text(f->function, frame->function) && same_text(f->file, frame->file))
            return true;
    }
    return false;
}

/* least: of the frames' ranks. */
static uint32_t callers_from(const struct model *model, uint32_t node, const struct model_frame *place, uint8_t least,
                             uint32_t *ret, uint32_t max)
{
    uint32_t count = 0;
    for (; node != MODEL_NONE && count < max; node = model->nodes[node].parent) {
        uint32_t frame = model->nodes[node].frame;
        const struct model_frame *f = &model->frames[frame];
        bool counts = f->in_app || (!place->in_app && f->file && !f->is_library && !model_is_start_code(f->function) &&
                                    f->is_main == place->is_main && f->rank >= least);
        if (counts && !is_known(model, f, ret, count))
            ret[count++] = frame;
    }
    return count;
}

uint32_t callers_of(const struct model *model, uint32_t group, uint32_t *ret, uint32_t max)
{
    const struct model_group *g = &model->groups[group];
    uint32_t node = g->stack;
    while (node != MODEL_NONE && model->nodes[node].frame != g->location)
        node = model->nodes[node].parent;
    if (node == MODEL_NONE)
        return 0;
    const struct model_frame *place = &model->frames[g->location];
    uint32_t count = callers_from(model, model->nodes[node].parent, place, place->rank, ret, max);
    return count ? count : callers_from(model, model->nodes[node].parent, place, 0, ret, max);
}

enum callers_way callers_way(const struct model *model, uint32_t group)
{
    const struct model_group *g = &model->groups[group];
    bool is_hidden = false;
    bool awaits = false; /* a package's function does */
    for (uint32_t node = g->stack; node != MODEL_NONE; node = model->nodes[node].parent) {
        const struct model_frame *f = &model->frames[model->nodes[node].frame];
        if (f->in_app)
            return model->nodes[node].is_suspended ? CALLERS_AWAIT : CALLERS_ON_STACK;
        is_hidden = is_hidden || f->hides_callers;
        awaits = awaits || model->nodes[node].is_suspended;
    }
    if (!is_hidden)
        return CALLERS_ON_STACK;
    return awaits ? CALLERS_AWAIT : CALLERS_UNKNOWN;
}
