#include "exporter/build/loop.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/build/places.h"
#include "exporter/model/kind.h"

#define DEPTH_MAX     2048 /* frames of a stack, innermost, that are compared */
#define PART_MAX      12   /* frames between a function and its part: those of each, map, ... */
#define CUT_SHARED    16   /* frames that stacks have in common where one of them begins amid the other */
#define DATABASES_MAX 8    /* others that a statement is looked for behind */

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

struct search {
    const struct model *model;
    uint32_t *before, *after; /* of each group, the next ones of the same statement and database; MODEL_NONE: none */
    struct spot *spots;       /* of each node, from 1 on: MODEL_NONE is before the first */
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

static uint32_t parent_of(const struct search *s, uint32_t node)
{
    return s->spots[node + 1].parent;
}

static uint32_t depth_of(const struct search *s, uint32_t node)
{
    return s->spots[node + 1].depth;
}

static uint32_t jump_of(const struct search *s, uint32_t node)
{
    return s->spots[node + 1].jump;
}

/* Two stacks of the same depth jump to the same depth, so that where they meet is found in a logarithm of the depth's steps: a
 * jump is as long as the last two together where these are of one length, else it leads to the parent (skew binary numbers, Myers
 * 1983). */
static uint32_t choose_jump(const struct search *s, uint32_t parent)
{
    uint32_t far = parent != MODEL_NONE ? jump_of(s, parent) : MODEL_NONE;
    uint32_t farther = far != MODEL_NONE ? jump_of(s, far) : MODEL_NONE;
    bool is_twice = depth_of(s, parent) - depth_of(s, far) == depth_of(s, far) - depth_of(s, farther);
    return is_twice ? farther : parent;
}

static uint32_t node_at_depth(const struct search *s, uint32_t node, uint32_t depth)
{
    while (depth_of(s, node) > depth)
        node = depth_of(s, jump_of(s, node)) >= depth ? jump_of(s, node) : parent_of(s, node);
    return node;
}

/* The node of `own` for the innermost call that both stacks are below: the same functions from the outside in, up to the first
 * that is at another line in the two. MODEL_NONE: they share none. A node stands for all that is outside of it, too. */
static uint32_t shared_from_outside(const struct search *s, uint32_t own, uint32_t other)
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
static uint32_t shared_amid(struct search *s, uint32_t own_node, uint32_t other_node)
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

static uint32_t innermost_shared(struct search *s, uint32_t own, uint32_t other)
{
    uint32_t node = shared_from_outside(s, own, other);
    bool may_be_cut = s->spots[own + 1].cut || s->spots[other + 1].cut;
    uint32_t amid = may_be_cut && depth_of(s, node) < CUT_SHARED ? shared_amid(s, own, other) : MODEL_NONE;
    return amid != MODEL_NONE ? amid : node;
}

/* "page" of "block (2 levels) in page". */
static const char *enclosing(const char *function)
{
    const char *in = strncmp(function, "block ", strlen("block ")) == 0 ? strstr(function, " in ") : NULL;
    return in ? in + strlen(" in ") : function;
}

/* Code that stands inside of the outer function and has a frame of its own: a block of Ruby, a comprehension of Python. */
static bool is_part_of(const struct model_frame *inner, const struct model_frame *outer)
{
    static const char *const parts[] = {"<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>", "<lambda>", "{closure}", NULL};
    if (!same_text(inner->file, outer->file))
        return false;
    for (size_t i = 0; parts[i]; i++) {
        if (strcmp(inner->function, parts[i]) == 0)
            return true;
    }
    bool is_block = strcmp(inner->language, "ruby") == 0; /* of a method: it has the method's name */
    return (is_block || enclosing(inner->function) != inner->function) &&
           strcmp(enclosing(inner->function), enclosing(outer->function)) == 0;
}

/* The innermost part of the function at the node that the child is in: behind it may be what calls the part. */
static uint32_t part_below(struct search *s, uint32_t innermost, uint32_t node)
{
    const struct model *model = s->model;
    struct stack *own = &s->own;
    uint32_t i = 0;
    for (uint32_t at = innermost; at != MODEL_NONE && i < DEPTH_MAX; at = parent_of(s, at)) {
        own->nodes[i++] = at;
        if (at == node)
            break;
    }
    if (i == 0 || own->nodes[i - 1] != node)
        return node;
    for (uint32_t end = i; i > 0 && end - i < PART_MAX; i--) {
        const struct model_frame *outer = &model->frames[model->nodes[node].frame];
        if (i < end && is_part_of(&model->frames[model->nodes[own->nodes[i - 1]].frame], outer)) {
            node = own->nodes[i - 1];
            end = i;
        }
    }
    return node;
}

/* The frame of the place at the node, where that is as much the program's own as the group's place; else MODEL_NONE. */
static uint32_t loop_at(const struct model *model, uint32_t node, uint32_t location)
{
    uint32_t frame = node != MODEL_NONE ? model->nodes[node].frame : MODEL_NONE;
    if (frame == MODEL_NONE || location == MODEL_NONE || model->frames[frame].rank < model->frames[location].rank)
        return MODEL_NONE;
    return frame;
}

static uint32_t loop_below_parent(struct search *s, const struct model_finding *f)
{
    const struct model *model = s->model;
    /* What a package has around the program's code (a mapper's own each) is in between. */
    uint32_t place = places_nearest(model, innermost_shared(s, model->groups[f->group].stack, model->groups[f->parent].stack));
    uint32_t part = place != MODEL_NONE ? part_below(s, model->groups[f->group].stack, place) : place;
    return loop_at(model, part, model->groups[f->group].location);
}

static bool same_question(const struct model *model, uint32_t a, uint32_t b)
{
    return model->groups[a].statement == model->groups[b].statement && model->groups[a].database == model->groups[b].database;
}

/* Callers stand before what they call. */
static void note_nodes(struct search *s)
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

/* Of each group the one of the same question before it. */
static uint32_t *peers_of(const struct model *model)
{
    uint32_t *before = alloc_zeroed(model->group_count, sizeof *before);
    uint32_t *last = alloc_zeroed(model->statement_count, sizeof *last);
    for (uint32_t i = 0; i < model->statement_count; i++)
        last[i] = MODEL_NONE;
    for (uint32_t i = 0; i < model->group_count; i++) {
        uint32_t statement = model->groups[i].statement;
        before[i] = last[statement];
        for (int steps = 0; before[i] != MODEL_NONE && !same_question(model, before[i], i); steps++)
            before[i] = steps < DATABASES_MAX ? before[before[i]] : MODEL_NONE;
        last[statement] = i;
    }
    free(last);
    return before;
}

/* Without a parent: stacks of one statement that differ further in only, as those of a loop do: those that were first seen right
 * before and right after. */
static uint32_t loop_of_peers(struct search *s, const struct model_finding *f)
{
    const struct model *model = s->model;
    const uint32_t peers[] = {s->before[f->group], s->after[f->group]};
    uint32_t deepest = MODEL_NONE;
    uint32_t most = 0;
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        if (peers[i] == MODEL_NONE)
            continue;
        uint32_t shared = innermost_shared(s, model->groups[f->group].stack, model->groups[peers[i]].stack);
        if (depth_of(s, shared) > most) {
            most = depth_of(s, shared);
            deepest = shared;
        }
    }
    return loop_at(model, places_nearest(model, deepest), model->groups[f->group].location);
}

void loops_locate(struct model *model)
{
    struct search *s = alloc_zeroed(1, sizeof *s);
    s->model = model;
    note_nodes(s);
    s->before = peers_of(model);
    s->after = alloc_zeroed(model->group_count, sizeof *s->after);
    for (uint32_t i = 0; i < model->group_count; i++)
        s->after[i] = MODEL_NONE;
    for (uint32_t i = 0; i < model->group_count; i++) {
        if (s->before[i] != MODEL_NONE)
            s->after[s->before[i]] = i;
    }
    for (uint32_t i = 0; i < model->finding_count; i++) {
        struct model_finding *f = &model->findings[i];
        bool has_parent = f->parent != MODEL_NONE && f->parent != f->group; /* a node of a tree has itself */
        f->loop = has_parent ? loop_below_parent(s, f) : kind_of(f->kind)->is_loop ? loop_of_peers(s, f) : MODEL_NONE;
    }
    free(s->after);
    free(s->before);
    free(s->spots);
    free(s);
}
