#include "exporter/build/places/helpers.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/map.h"
#include "exporter/build/places/places.h"
#include "exporter/model/model.h"
#include "exporter/ownership/plumbing.h"

#define ROUNDS_MAX  6 /* helpers of helpers */
#define KNOWN_PATHS 4096

enum part { PART_TEXT = 1, PART_CALLER, PART_PAIR };

/* What goes through a line of the program. */
struct passing {
    uint32_t texts, callers, pairs; /* statements, who called, and who called for which */
    bool is_first;                  /* nobody did */
    uint32_t statement, from;       /* the last one and who called, plus one each; 0: none so far, and nobody */
    bool has_texts, has_callers;    /* several */
};

/* The line that a group's statement comes from, and who called; MODEL_NONE: not known, and nobody. */
struct coming {
    uint32_t node, caller;
};

struct helpers {
    const struct model *model;
    struct coming *from; /* of each group */
    bool *is_helper;     /* of each frame */
    struct passing *passing;
    struct map seen;
    struct known_path {
        const char *path;
        bool is_mapper;
    } known[KNOWN_PATHS]; /* those that were asked for lately */
};

static bool is_new(struct helpers *h, uint32_t frame, uint32_t part, enum part kind)
{
    bool added;

    map_intern(&h->seen, hash_mix((uint64_t)frame << 32 | part, kind), 0, &added);
    return added;
}

static bool is_mapper(struct helpers *h, const struct model_frame *frame)
{
    const char *path = frame->file ? frame->file : frame->module;
    struct known_path *k = &h->known[hash_mix((uintptr_t)path, 0) % KNOWN_PATHS];

    if (!path || !places_is_plumbing(frame))
        return false;
    if (k->path != path)
        *k = (struct known_path){path, plumbing_is_mapper(path)};
    return k->is_mapper;
}

/* No mapper makes up the statement on the way from the place to the driver: there the line itself has the text. */
static bool is_direct(struct helpers *h, uint32_t innermost, uint32_t place)
{
    for (uint32_t node = innermost; node != place && node != MODEL_NONE; node = h->model->nodes[node].parent) {
        if (is_mapper(h, &h->model->frames[h->model->nodes[node].frame]))
            return false;
    }
    return true;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_function(const struct model_frame *a, const struct model_frame *b)
{
    return same_text(a->file, b->file) && same_text(a->function, b->function);
}

/* The innermost node outside of the function at the node that is as good a place; MODEL_NONE: there is none. */
static uint32_t caller_of(const struct model *model, uint32_t place)
{
    const struct model_frame *frame = &model->frames[model->nodes[place].frame];

    for (uint32_t node = model->nodes[place].parent; node != MODEL_NONE; node = model->nodes[node].parent) {
        const struct model_frame *outer = &model->frames[model->nodes[node].frame];
        if (outer->rank >= frame->rank && !same_function(outer, frame))
            return node;
    }
    return MODEL_NONE;
}

static bool may_be_helper(const struct model_frame *frame)
{
    return (frame->in_app || frame->is_main) && frame->line != 0; /* without a line it may be several */
}

/* Outside of the helpers that are known; MODEL_NONE: nothing is. */
static uint32_t outside(const struct helpers *h, uint32_t node)
{
    while (node != MODEL_NONE && h->is_helper[h->model->nodes[node].frame])
        node = caller_of(h->model, node);
    return node;
}

/* Where the group's statement comes from, as far as is known; MODEL_NONE: from nowhere that may be a helper. */
static uint32_t node_of(const struct helpers *h, uint32_t group)
{
    uint32_t node = outside(h, places_nearest(h->model, h->model->groups[group].stack));

    return node != MODEL_NONE && may_be_helper(&h->model->frames[h->model->nodes[node].frame]) ? node : MODEL_NONE;
}

/* A line of which just one statement comes, or that one line calls, is none: mostly that is all that has to be known. */
static void note_several(struct helpers *h, uint32_t group)
{
    uint32_t node = node_of(h, group);
    uint32_t statement = h->model->groups[group].statement + 1;

    h->from[group] = (struct coming){node, node != MODEL_NONE ? caller_of(h->model, node) : MODEL_NONE};
    if (node == MODEL_NONE)
        return;
    uint32_t caller = h->from[group].caller;
    uint32_t from = caller != MODEL_NONE ? h->model->nodes[caller].frame + 1 : 0;
    struct passing *p = &h->passing[h->model->nodes[node].frame];
    p->has_texts = p->has_texts || (p->statement && p->statement != statement);
    p->has_callers = p->has_callers || (p->statement && p->from != from);
    p->statement = statement;
    p->from = from;
}

static void note_group(struct helpers *h, uint32_t group)
{
    const struct model *model = h->model;
    uint32_t node = h->from[group].node;
    uint32_t caller = h->from[group].caller;

    if (node == MODEL_NONE)
        return;
    uint32_t frame = model->nodes[node].frame;
    struct passing *p = &h->passing[frame];
    if (!p->has_texts || !p->has_callers ||
        !is_direct(h, model->groups[group].stack, places_nearest(model, model->groups[group].stack)))
        return;
    if (caller == MODEL_NONE) {
        p->is_first = true;
        return;
    }
    uint32_t statement = model->groups[group].statement;
    uint32_t from = model->nodes[caller].frame;
    if (!is_new(h, frame, (uint32_t)hash_mix((uint64_t)from << 32 | statement, PART_PAIR), PART_PAIR))
        return;
    p->pairs++;
    p->texts += is_new(h, frame, statement, PART_TEXT);
    p->callers += is_new(h, frame, from, PART_CALLER);
}

/* A line that has a text of its own runs that one, whoever calls; this one runs mostly another one for each of its callers. */
static bool is_given_texts(const struct passing *p)
{
    return !p->is_first && p->texts >= 2 && p->callers >= 2 && p->pairs <= (uint64_t)p->texts * p->callers / 2;
}

/* Whether there was one that was not known. */
static bool find_more(struct helpers *h)
{
    const struct model *model = h->model;
    bool found = false;

    memset(h->passing, 0, model->frame_count * sizeof *h->passing);
    for (uint32_t i = 0; i < model->group_count; i++)
        note_several(h, i);
    for (uint32_t i = 0; i < model->group_count; i++)
        note_group(h, i);
    for (uint32_t i = 0; i < model->frame_count; i++) {
        if (h->is_helper[i] || !is_given_texts(&h->passing[i]))
            continue;
        h->is_helper[i] = true;
        found = true;
    }
    map_finish(&h->seen);
    h->seen = (struct map){0};
    return found;
}

struct helpers *helpers_find(const struct model *model)
{
    struct helpers *h = alloc_zeroed(1, sizeof *h);

    h->model = model;
    h->is_helper = alloc_zeroed(model->frame_count, sizeof *h->is_helper);
    h->passing = alloc_zeroed(model->frame_count, sizeof *h->passing);
    h->from = alloc_zeroed(model->group_count, sizeof *h->from);
    for (int round = 0; round < ROUNDS_MAX && find_more(h); round++)
        ;
    return h;
}

uint32_t helpers_caller(const struct helpers *h, uint32_t group)
{
    uint32_t place = places_nearest(h->model, h->model->groups[group].stack);
    uint32_t node = outside(h, place);

    return node != place ? node : MODEL_NONE;
}

void helpers_destroy(struct helpers *h)
{
    if (!h)
        return;
    free(h->from);
    free(h->passing);
    free(h->is_helper);
    free(h);
}
