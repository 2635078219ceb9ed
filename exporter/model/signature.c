#include <string.h>

#include "agent/base/hash.h"
#include "build.h"

/* Deep enough for any program; bounds the work on a recording that is not from one. */
#define DEPTH_MAX 4096

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return text ? hash_bytes(text, strlen(text), hash) : hash_mix(hash, 1);
}

uint64_t *signature_names(const struct model *model)
{
    uint64_t *names = alloc_zeroed(model->frame_count, sizeof *names);
    for (uint32_t i = 0; i < model->frame_count; i++) {
        const struct model_frame *frame = &model->frames[i];
        names[i] = mix_text(mix_text(0, frame->function), text_basename(frame->file ? frame->file : frame->module));
    }
    return names;
}

uint64_t signature_compute(const struct model *model, const uint64_t *names, enum verdict_kind kind, uint32_t group)
{
    const struct model_group *g = &model->groups[group];
    uint32_t system = g->database != MODEL_NONE ? model->databases[g->database].system : 0;
    uint64_t hash = hash_mix(kind, model->statements[g->statement].fingerprint);
    hash = hash_mix(hash, system);

    /* Each function once, so that a recursion's depth does not matter. */
    struct map seen = {0};
    uint32_t node = g->stack;
    for (int depth = 0; node != MODEL_NONE && depth < DEPTH_MAX; depth++, node = model->nodes[node].parent) {
        uint32_t frame = model->nodes[node].frame;
        uint64_t name = names[frame];
        bool added;
        if (!model->frames[frame].in_app)
            continue;
        map_intern(&seen, name, 0, &added);
        if (added)
            hash = hash_mix(hash, name);
    }
    map_finish(&seen);
    return hash;
}
