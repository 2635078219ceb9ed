#include "exporter/build/signature.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/path.h"
#include "exporter/base/map.h"
#include "exporter/base/radix.h"
#include "exporter/symbols/stable_name.h"

/* Deep enough for any program; bounds the work on a recording that is not from one. */
#define DEPTH_MAX 4096

/* Lines of the innermost functions by which the sites of one chain are put in order. */
#define LINES 12

/* What a frame is called, apart from all else of it: every stack is walked. */
struct name {
    uint64_t hash;
    uint32_t id; /* number of the name */
    uint32_t line;
    bool in_app;
};

/* Of each name the last group whose stack has it, so that a stack has each once. */
struct names {
    struct name *of; /* by frame */
    uint32_t *last;  /* by number: a group, from 1 on */
};

/* Of each group. */
struct site {
    uint64_t key;
    uint32_t lines[LINES];
};

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return text ? hash_bytes(text, strlen(text), hash) : hash_mix(hash, 1);
}

static struct names name_frames(const struct model *model)
{
    struct names names = {
        .of = alloc_zeroed(model->frame_count, sizeof *names.of),
        .last = alloc_zeroed(model->frame_count, sizeof *names.last),
    };
    struct map known = {0};
    uint32_t count = 0;
    for (uint32_t i = 0; i < model->frame_count; i++) {
        const struct model_frame *frame = &model->frames[i];
        char *function = stable_name(frame->function);
        char *file = stable_name(path_basename(frame->file ? frame->file : frame->module));
        bool added;
        struct name *name = &names.of[i];
        name->hash = mix_text(mix_text(0, function), file);
        name->id = map_intern(&known, name->hash, count, &added);
        name->line = frame->line ? frame->line : (uint32_t)frame->offset;
        name->in_app = frame->in_app;
        count += added;
        free(function);
        free(file);
    }
    map_finish(&known);
    return names;
}

static struct site site_of(const struct model *model, const struct names *names, uint32_t group)
{
    const struct model_group *g = &model->groups[group];
    uint32_t system = model_system(model, group);
    uint64_t hash = hash_mix(VERDICT_N_PLUS_ONE, model->statements[g->statement].fingerprint);
    struct site site = {.key = 0};
    size_t lines = 0;
    hash = hash_mix(hash, system);

    /* Each function once, so that a recursion's depth does not matter. */
    uint32_t node = g->stack;
    for (int depth = 0; node != MODEL_NONE && depth < DEPTH_MAX; depth++, node = model->nodes[node].parent) {
        const struct name *name = &names->of[model->nodes[node].frame];
        uint32_t *last = &names->last[name->id];
        if (!name->in_app || *last == group + 1)
            continue;
        *last = group + 1;
        hash = hash_mix(hash, name->hash);
        if (lines < LINES)
            site.lines[lines++] = name->line;
    }
    if (lines == 0 && g->location != MODEL_NONE) { /* in packaged software nothing is the program's own */
        hash = hash_mix(hash, names->of[g->location].hash);
        site.lines[0] = names->of[g->location].line;
    }
    site.key = hash;
    return site;
}

/* By where they stand, and those that stand at the same lines by the order of their groups. */
static int compare_lines(const void *a, const void *b)
{
    const struct site *x = *(const struct site *const *)a;
    const struct site *y = *(const struct site *const *)b;
    for (size_t i = 0; i < LINES; i++) {
        if (x->lines[i] != y->lines[i])
            return x->lines[i] < y->lines[i] ? -1 : 1;
    }
    return x < y ? -1 : x > y;
}

/* Two sites of one function can issue one statement. They are numbered from the top of the file down, and not in the order in
 * which they ran: threads make that another one each time. */
static void number_sites(struct model *model, const struct site *sites, const struct site **same, uint32_t count)
{
    uint64_t ordinal = 0;
    if (count > 1)
        qsort(same, count, sizeof *same, compare_lines);
    for (uint32_t i = 0; i < count; i++) {
        const struct site *site = same[i];
        ordinal += i > 0 && memcmp(same[i - 1]->lines, site->lines, sizeof site->lines) != 0;
        model->groups[site - sites].site = ordinal ? hash_mix(site->key, ordinal) : site->key;
    }
}

void signature_name_sites(struct model *model)
{
    struct names names = name_frames(model);
    struct site *sites = alloc_resize(NULL, model->group_count, sizeof *sites);
    const struct site **same = alloc_resize(NULL, model->group_count, sizeof *same);
    struct radix_item *items = alloc_resize(NULL, model->group_count, sizeof *items);
    for (uint32_t i = 0; i < model->group_count; i++) {
        sites[i] = site_of(model, &names, i);
        items[i] = (struct radix_item){sites[i].key, i};
    }
    free(names.of);
    free(names.last);
    radix_sort(items, model->group_count);
    for (uint32_t i = 0; i < model->group_count;) {
        uint32_t count = 0;
        for (uint64_t key = items[i].key; i < model->group_count && items[i].key == key; i++)
            same[count++] = &sites[items[i].value];
        number_sites(model, sites, same, count);
    }
    free(items);
    free(same);
    free(sites);
}

uint64_t signature_compute(const struct model *model, enum verdict_kind kind, uint32_t group)
{
    uint64_t site = model->groups[group].site;
    return kind == VERDICT_N_PLUS_ONE ? site : hash_mix(site, kind);
}
