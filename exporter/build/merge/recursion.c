#include "exporter/build/merge/recursion.h"

#include <stdbool.h>

/* Texts of a pool: equal ones are one. Only where its file is known: a name of the symbol table may be that of several. */
static bool is_same_function(const struct model *model, uint32_t frame, uint32_t other)
{
    const struct model_frame *a = &model->frames[frame];
    const struct model_frame *b = &model->frames[other];
    return a->function == b->function && a->file == b->file && a->module == b->module;
}

static bool is_same_round(const struct model *model, const uint32_t *path, uint32_t round)
{
    for (uint32_t i = 0; i < round; i++) {
        if (!is_same_function(model, path[i], path[i + round]))
            return false;
    }
    return true;
}

/* Mostly it does not, and that is soon known. */
static bool calls_again(const struct model *model, uint32_t node, uint32_t frame)
{
    const char *function = model->frames[frame].function;
    for (uint32_t i = 0; node != MODEL_NONE && i < RECURSION_ROUND; i++, node = model->nodes[node].parent) {
        if (model->frames[model->nodes[node].frame].function == function)
            return true;
    }
    return false;
}

struct recursion recursion_before(const struct model *model, uint32_t node, uint32_t frame)
{
    struct recursion ret = {.before = MODEL_NONE};
    uint32_t path[RECURSION_ROUND * 2]; /* frames, innermost first */
    uint32_t length = 0;
    if (!model->frames[frame].file || !calls_again(model, node, frame))
        return ret;
    for (uint32_t at = node; at != MODEL_NONE && length < RECURSION_ROUND * 2; at = model->nodes[at].parent)
        path[length++] = model->nodes[at].frame;
    for (uint32_t round = 1; round * 2 <= length; round++) {
        if (!is_same_function(model, path[round - 1], frame) || !is_same_round(model, path, round))
            continue;
        ret.before = node;
        for (uint32_t i = 0; i < round * 2; i++)
            ret.before = model->nodes[ret.before].parent;
        for (uint32_t i = 0; i < round; i++)
            ret.frames[i] = path[round - 1 - i];
        ret.count = round;
        break;
    }
    return ret;
}
