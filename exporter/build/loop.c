#include "exporter/build/loop.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/build/places.h"
#include "exporter/model/kind.h"

#define DEPTH_MAX  2048 /* frames of a stack, innermost, that are compared */
#define PART_MAX   12   /* frames between a function and its part: those of each, map, ... */
#define CUT_SHARED 16   /* frames that stacks have in common where one of them begins amid the other */
#define PEERS_MAX  64   /* groups of a statement that are compared with one another */

/* Nodes of a stack, innermost first. */
struct stack {
    uint32_t nodes[DEPTH_MAX];
    uint32_t count;
};

struct search {
    const struct model *model;
    uint32_t *order; /* groups by statement and database */
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

/* Frames that both stacks have, from the count-th one of each inwards: the same functions, up to the first that is at another
 * line in the two. */
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

/* The node of `own` for the innermost call that both stacks are below; MODEL_NONE: they share none. Deep stacks lack their outer
 * frames, each as many as it has too many: then one begins amid the other. */
static uint32_t innermost_shared(const struct model *model, const struct stack *own, const struct stack *other)
{
    uint32_t most = shared_frames(model, own, own->count, other, other->count);
    uint32_t node = most ? own->nodes[own->count - most] : MODEL_NONE;
    if (most < CUT_SHARED)
        most = CUT_SHARED - 1;
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
static uint32_t part_below(const struct model *model, const struct stack *own, uint32_t node)
{
    uint32_t i = own->count;
    while (i > 0 && own->nodes[i - 1] != node)
        i--;
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
    read_stack(model, model->groups[f->group].stack, &s->own);
    read_stack(model, model->groups[f->parent].stack, &s->other);
    /* What a package has around the program's code (a mapper's own each) is in between. */
    uint32_t place = places_nearest(model, innermost_shared(model, &s->own, &s->other));
    return loop_at(model, place != MODEL_NONE ? part_below(model, &s->own, place) : place, model->groups[f->group].location);
}

static int compare_questions(const void *a, const void *b, void *data)
{
    const struct model *model = data;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    const struct model_group *p = &model->groups[x];
    const struct model_group *q = &model->groups[y];
    if (p->statement != q->statement)
        return p->statement < q->statement ? -1 : 1;
    if (p->database != q->database)
        return p->database < q->database ? -1 : 1;
    return x < y ? -1 : x > y;
}

static bool same_question(const struct model *model, uint32_t a, uint32_t b)
{
    return model->groups[a].statement == model->groups[b].statement && model->groups[a].database == model->groups[b].database;
}

static uint32_t depth_of(const struct model *model, uint32_t node)
{
    uint32_t depth = 0;
    for (; node != MODEL_NONE; node = model->nodes[node].parent)
        depth++;
    return depth;
}

/* Without a parent: stacks of one statement that differ further in only, as those of a loop do. */
static uint32_t loop_of_peers(struct search *s, const struct model_finding *f, uint32_t position)
{
    const struct model *model = s->model;
    uint32_t deepest = MODEL_NONE;
    uint32_t most = 0;
    uint32_t first = position;
    while (first > 0 && position - first < PEERS_MAX / 2 && same_question(model, s->order[first - 1], f->group))
        first--;
    read_stack(model, model->groups[f->group].stack, &s->own);
    for (uint32_t i = first; i < model->group_count && i < first + PEERS_MAX && same_question(model, s->order[i], f->group);
         i++) {
        if (s->order[i] == f->group)
            continue;
        read_stack(model, model->groups[s->order[i]].stack, &s->other);
        uint32_t shared = innermost_shared(model, &s->own, &s->other);
        uint32_t depth = depth_of(model, shared);
        if (depth > most) {
            most = depth;
            deepest = shared;
        }
    }
    return loop_at(model, places_nearest(model, deepest), model->groups[f->group].location);
}

void loops_locate(struct model *model)
{
    struct search *s = alloc_zeroed(1, sizeof *s);
    uint32_t *position = alloc_zeroed(model->group_count, sizeof *position);
    s->model = model;
    s->order = alloc_resize(NULL, model->group_count, sizeof *s->order);
    for (uint32_t i = 0; i < model->group_count; i++)
        s->order[i] = i;
    qsort_r(s->order, model->group_count, sizeof *s->order, compare_questions, model);
    for (uint32_t i = 0; i < model->group_count; i++)
        position[s->order[i]] = i;
    for (uint32_t i = 0; i < model->finding_count; i++) {
        struct model_finding *f = &model->findings[i];
        bool has_parent = f->parent != MODEL_NONE && f->parent != f->group; /* a node of a tree has itself */
        f->loop = has_parent                  ? loop_below_parent(s, f)
                  : kind_of(f->kind)->is_loop ? loop_of_peers(s, f, position[f->group])
                                              : MODEL_NONE;
    }
    free(position);
    free(s->order);
    free(s);
}
