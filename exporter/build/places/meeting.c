#include "exporter/build/places/meeting.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"

#define DEPTH_MAX  2048 /* frames of a stack, innermost, that are compared */
#define CUT_SHARED 16   /* frames that stacks have in common where one of them begins amid the other */

/* Nodes of a stack, innermost first. */
struct stack {
    uint32_t nodes[DEPTH_MAX];
    uint32_t count;
};

/* What is asked of a node, in one piece: stacks are walked all over memory. */
struct spot {
    uint32_t parent;
    uint32_t depth; /* from 1 on */
    uint32_t jump;  /* a node far outside of it, at a depth that follows from its own */
    bool cut;       /* frames may be missing outside */
};

struct meetings {
    const struct model *model;
    struct spot *spots; /* of each node, from 1 on: MODEL_NONE is before the first */
    struct stack own, other;
};

static void read_stack(const struct model *model, uint32_t node, struct stack *ret)
{
    ret->count = 0;
    for (; node != MODEL_NONE && ret->count < DEPTH_MAX; node = model->nodes[node].parent)
        ret->nodes[ret->count++] = node;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_function(const struct model_frame *a, const struct model_frame *b)
{
    return same_text(a->function, b->function) && same_text(a->file, b->file) && same_text(a->module, b->module);
}

static uint32_t parent_of(const struct meetings *s, uint32_t node)
{
    return s->spots[node + 1].parent;
}

static uint32_t depth_of(const struct meetings *s, uint32_t node)
{
    return s->spots[node + 1].depth;
}

static uint32_t jump_of(const struct meetings *s, uint32_t node)
{
    return s->spots[node + 1].jump;
}

/* Two stacks of the same depth jump to the same depth, so that where they meet is found in a logarithm of the depth's steps: a
 * jump is as long as the last two together where these are of one length, else it leads to the parent (skew binary numbers, Myers
 * 1983). */
static uint32_t choose_jump(const struct meetings *s, uint32_t parent)
{
    uint32_t far = parent != MODEL_NONE ? jump_of(s, parent) : MODEL_NONE;
    uint32_t farther = far != MODEL_NONE ? jump_of(s, far) : MODEL_NONE;
    bool is_twice = depth_of(s, parent) - depth_of(s, far) == depth_of(s, far) - depth_of(s, farther);
    return is_twice ? farther : parent;
}

static uint32_t node_at_depth(const struct meetings *s, uint32_t node, uint32_t depth)
{
    while (depth_of(s, node) > depth)
        node = depth_of(s, jump_of(s, node)) >= depth ? jump_of(s, node) : parent_of(s, node);
    return node;
}

/* The node of `own` for the innermost call that both stacks are below: the same functions from the outside in, up to the first
 * that is at another line in the two. MODEL_NONE: they share none. A node stands for all that is outside of it, too. */
static uint32_t shared_from_outside(const struct meetings *s, uint32_t own, uint32_t other)
{
    const struct model *model = s->model;
    own = node_at_depth(s, own, depth_of(s, other));
    other = node_at_depth(s, other, depth_of(s, own));
    if (own == other)
        return own;
    while (parent_of(s, own) != parent_of(s, other)) {
        bool is_far = jump_of(s, own) != jump_of(s, other);
        own = is_far ? jump_of(s, own) : parent_of(s, own);
        other = is_far ? jump_of(s, other) : parent_of(s, other);
    }
    if (!same_function(&model->frames[model->nodes[own].frame], &model->frames[model->nodes[other].frame]))
        return parent_of(s, own);
    return own;
}

/* Frames that both stacks have, from the count-th one of each inwards. */
static uint32_t shared_frames(const struct model *model, const struct stack *own, uint32_t own_count, const struct stack *other,
                              uint32_t other_count)
{
    uint32_t shared = 0;
    for (bool same = true; same && shared < own_count && shared < other_count; shared++) {
        uint32_t frame = model->nodes[own->nodes[own_count - shared - 1]].frame;
        uint32_t frame_of_other = model->nodes[other->nodes[other_count - shared - 1]].frame;
        same = frame == frame_of_other;
        if (!same && !same_function(&model->frames[frame], &model->frames[frame_of_other]))
            break;
    }
    return shared;
}

/* Deep stacks lack their outer frames, each as many as it has too many: then one begins amid the other. MODEL_NONE: not so. */
static uint32_t shared_amid(struct meetings *s, uint32_t own_node, uint32_t other_node)
{
    const struct model *model = s->model;
    const struct stack *own = &s->own;
    const struct stack *other = &s->other;
    uint32_t most = CUT_SHARED - 1;
    uint32_t node = MODEL_NONE;
    read_stack(model, own_node, &s->own);
    read_stack(model, other_node, &s->other);
    for (uint32_t left = own->count - (own->count > 0); left > most; left--) {
        uint32_t shared = shared_frames(model, own, left, other, other->count);
        if (shared > most) {
            most = shared;
            node = own->nodes[left - shared];
        }
    }
    for (uint32_t left = other->count - (other->count > 0); left > most; left--) {
        uint32_t shared = shared_frames(model, own, own->count, other, left);
        if (shared > most) {
            most = shared;
            node = own->nodes[own->count - shared];
        }
    }
    return node;
}

uint32_t meetings_find(struct meetings *s, uint32_t own, uint32_t other)
{
    uint32_t node = shared_from_outside(s, own, other);
    bool may_be_cut = s->spots[own + 1].cut || s->spots[other + 1].cut;
    uint32_t amid = may_be_cut && depth_of(s, node) < CUT_SHARED ? shared_amid(s, own, other) : MODEL_NONE;
    return amid != MODEL_NONE ? amid : node;
}

/* Callers stand before what they call. */
static void note_nodes(struct meetings *s)
{
    const struct model *model = s->model;
    s->spots = alloc_resize(NULL, model->node_count + (size_t)1, sizeof *s->spots);
    s->spots[0] = (struct spot){.parent = MODEL_NONE, .jump = MODEL_NONE};
    for (uint32_t i = 0; i < model->node_count; i++) {
        uint32_t parent = model->nodes[i].parent;
        const struct spot *outer = &s->spots[parent + 1];
        s->spots[i + 1] = (struct spot){parent, outer->depth + 1, choose_jump(s, parent), model->nodes[i].is_cut || outer->cut};
    }
}

uint32_t meetings_depth(const struct meetings *s, uint32_t node)
{
    return depth_of(s, node);
}

struct meetings *meetings_create(const struct model *model)
{
    struct meetings *s = alloc_zeroed(1, sizeof *s);
    s->model = model;
    note_nodes(s);
    return s;
}

void meetings_destroy(struct meetings *s)
{
    if (!s)
        return;
    free(s->spots);
    free(s);
}
