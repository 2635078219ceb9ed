#include "exporter/build/places/loop.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/build/places/helpers.h"
#include "exporter/build/places/meeting.h"
#include "exporter/build/places/places.h"
#include "exporter/model/kind.h"

#define DEPTH_MAX     2048 /* frames of a stack, innermost, that are looked at */
#define PART_MAX      12   /* frames between a function and its part: those of each, map, ... */
#define DATABASES_MAX 8    /* others that a statement is looked for behind */
#define SIBLINGS_MAX  16   /* findings before and after one that may have its parent */

struct search {
    const struct model *model;
    struct meetings *meetings;
    struct helpers *helpers;  /* NULL: not needed so far */
    uint32_t *before, *after; /* of each group, the next ones of the same statement and database; MODEL_NONE: none */
    uint32_t nodes[DEPTH_MAX];
};

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* "page" of "block (2 levels) in page". */
static const char *enclosing(const char *function)
{
    const char *in = strncmp(function, "block ", strlen("block ")) == 0 ? strstr(function, " in ") : NULL;
    return in ? in + strlen(" in ") : function;
}

static bool is_one_of(const char *function, const char *const *names)
{
    while (*names && strcmp(function, *names) != 0)
        names++;
    return *names != NULL;
}

/* Code that stands inside of the outer function and has a frame of its own: a block of Ruby, a comprehension of Python. */
static bool is_part_of(const struct model_frame *inner, const struct model_frame *outer)
{
    static const char *const comprehensions[] = {"<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>", NULL};
    static const char *const functions[] = {"<lambda>", "{closure}", NULL};
    if (!same_text(inner->file, outer->file))
        return false;
    if (is_one_of(inner->function, comprehensions))
        return true;
    /* What stands before its call was given a name there, and is called like any function: in a loop around the call. */
    if (inner->line < outer->line)
        return false;
    if (is_one_of(inner->function, functions))
        return true;
    bool is_block = strcmp(inner->language, "ruby") == 0; /* of a method: it has the method's name */
    return (is_block || enclosing(inner->function) != inner->function) &&
           strcmp(enclosing(inner->function), enclosing(outer->function)) == 0;
}

/* The innermost part of the function at the node that the child is in: behind it may be what calls the part. */
static uint32_t part_below(struct search *s, uint32_t innermost, uint32_t node)
{
    const struct model *model = s->model;
    uint32_t i = 0;
    for (uint32_t at = innermost; at != MODEL_NONE && i < DEPTH_MAX; at = model->nodes[at].parent) {
        s->nodes[i++] = at;
        if (at == node)
            break;
    }
    if (i == 0 || s->nodes[i - 1] != node)
        return node;
    for (uint32_t end = i; i > 0 && end - i < PART_MAX; i--) {
        const struct model_frame *outer = &model->frames[model->nodes[node].frame];
        if (i < end && is_part_of(&model->frames[model->nodes[s->nodes[i - 1]].frame], outer)) {
            node = s->nodes[i - 1];
            end = i;
        }
    }
    return node;
}

/* The frame of the place at the node, where that is as much the program's own as the group's place, and says as well where that
 * is; else MODEL_NONE. */
static uint32_t loop_at(const struct model *model, uint32_t node, uint32_t location)
{
    uint32_t frame = node != MODEL_NONE ? model->nodes[node].frame : MODEL_NONE;
    if (frame == MODEL_NONE || location == MODEL_NONE || model->frames[frame].rank < model->frames[location].rank ||
        (!model->frames[frame].file && model->frames[location].file))
        return MODEL_NONE;
    return frame;
}

/* Where findings of the same parent part from each other inside of the place: what asks several questions for each row asks them
 * from there, or from further inside. The outermost such place; MODEL_NONE: there is none. */
static uint32_t where_siblings_part(struct search *s, const struct model_finding *f, uint32_t place)
{
    const struct model *model = s->model;
    uint32_t own = (uint32_t)(f - model->findings);
    uint32_t first = own > SIBLINGS_MAX ? own - SIBLINGS_MAX : 0;
    uint32_t outermost = MODEL_NONE;
    for (uint32_t i = first; i < model->finding_count && i <= own + SIBLINGS_MAX; i++) {
        const struct model_finding *other = &model->findings[i];
        if (other == f || other->parent != f->parent || other->kind != f->kind)
            continue;
        uint32_t stack = model->groups[f->group].stack;
        uint32_t shared = places_nearest(model, meetings_find(s->meetings, stack, model->groups[other->group].stack));
        if (meetings_depth(s->meetings, shared) > meetings_depth(s->meetings, place) &&
            (outermost == MODEL_NONE || meetings_depth(s->meetings, shared) < meetings_depth(s->meetings, outermost)))
            outermost = shared;
    }
    return outermost;
}

static bool same_function(const struct model_frame *a, const struct model_frame *b)
{
    return a->file && same_text(a->file, b->file) && same_text(a->function, b->function);
}

/* A line of a template: what renders one node calls what renders the next one inside of it. */
static bool is_template(const struct model_frame *frame)
{
    size_t length = frame->file ? strlen(frame->file) : 0;
    return strcmp(frame->language, "python") == 0 && length > 3 && strcmp(frame->file + length - 3, ".py") != 0;
}

/* A function of a framework calls the place, and is called by it: a filter, a middleware, which passes on what it is given. */
static bool is_filter(const struct model *model, uint32_t innermost, uint32_t place)
{
    uint32_t inner = innermost;
    uint32_t outer = model->nodes[place].parent;
    while (inner != MODEL_NONE && model->nodes[inner].parent != place)
        inner = model->nodes[inner].parent;
    if (inner == MODEL_NONE || outer == MODEL_NONE || is_template(&model->frames[model->nodes[place].frame]))
        return false;
    const struct model_frame *called = &model->frames[model->nodes[inner].frame];
    return same_function(called, &model->frames[model->nodes[outer].frame]) &&
           called->rank < model->frames[model->nodes[place].frame].rank;
}

/* The parent's rows were gathered by one function of the program and are gone through by another, both called by a framework,
 * which the place only starts (a filter around each request): the loop is on the child's way from there. On it the outermost
 * function that calls a part of itself, as each and map do, else the outermost one that asks for all that its parent's children
 * ask, else the outermost one. */
static uint32_t place_inside(struct search *s, const struct model_finding *f, uint32_t place)
{
    const struct model *model = s->model;
    uint32_t innermost = model->groups[f->group].stack;
    uint32_t outermost = place;
    uint32_t whole = MODEL_NONE;
    for (uint32_t at = places_nearest(model, innermost);
         at != place && loop_at(model, at, model->groups[f->group].location) != MODEL_NONE;
         at = places_nearest(model, model->nodes[at].parent)) {
        outermost = at;
        if (part_below(s, innermost, at) != at)
            whole = at;
    }
    if (whole == MODEL_NONE)
        whole = where_siblings_part(s, f, place);
    return whole != MODEL_NONE ? whole : outermost;
}

/* Deep stacks are cut, each somewhere else: then one place is two nodes. */
static bool is_placed_at(const struct model *model, uint32_t stack, uint32_t place)
{
    uint32_t nearest = places_nearest(model, stack);
    return nearest != MODEL_NONE && model->nodes[nearest].frame == model->nodes[place].frame;
}

static bool is_cut(const struct model *model, uint32_t stack)
{
    while (stack != MODEL_NONE && model->nodes[stack].parent != MODEL_NONE)
        stack = model->nodes[stack].parent;
    return stack != MODEL_NONE && model->nodes[stack].is_cut;
}

static uint32_t loop_below_parent(struct search *s, const struct model_finding *f)
{
    const struct model *model = s->model;
    uint32_t child = model->groups[f->group].stack;
    uint32_t parent = model->groups[f->parent].stack;
    uint32_t shared = meetings_find(s->meetings, child, parent);
    /* What a package has around the program's code (a mapper's own each) is in between. */
    uint32_t place = places_nearest(model, shared);
    if (loop_at(model, place, model->groups[f->group].location) == MODEL_NONE) /* a thread or a task of its own for each row */
        place = is_cut(model, child) ? MODEL_NONE : place_inside(s, f, MODEL_NONE);
    else if (place != shared && (!is_placed_at(model, parent, place) || is_filter(model, child, place)))
        place = place_inside(s, f, place);
    if (place == MODEL_NONE)
        return MODEL_NONE;
    return loop_at(model, part_below(s, child, place), model->groups[f->group].location);
}

/* A framework goes through the rows by itself, as one does that writes them out: the program's own line is the one that gathered
 * them.
 */
static uint32_t loop_or_parent(const struct model *model, const struct model_finding *f, uint32_t loop)
{
    uint32_t location = model->groups[f->group].location;
    uint32_t parent = model->groups[f->parent].location;
    uint32_t shown = loop != MODEL_NONE ? loop : location;
    bool is_known = shown != MODEL_NONE && model->frames[shown].in_app;
    return !is_known && parent != MODEL_NONE && model->frames[parent].in_app ? parent : loop;
}

static bool same_question(const struct model *model, uint32_t a, uint32_t b)
{
    return model->groups[a].statement == model->groups[b].statement && model->groups[a].database == model->groups[b].database;
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

/* Or the one that called the program's own function for queries, of which the place says nothing. */
static uint32_t loop_of_helper(struct search *s, const struct model_finding *f)
{
    if (!s->helpers) /* all stacks have to be gone through for that */
        s->helpers = helpers_find(s->model);
    return loop_at(s->model, helpers_caller(s->helpers, f->group), s->model->groups[f->group].location);
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
        uint32_t shared = meetings_find(s->meetings, model->groups[f->group].stack, model->groups[peers[i]].stack);
        if (meetings_depth(s->meetings, shared) > most) {
            most = meetings_depth(s->meetings, shared);
            deepest = shared;
        }
    }
    uint32_t loop = loop_at(model, places_nearest(model, deepest), model->groups[f->group].location);
    return loop != MODEL_NONE ? loop : loop_of_helper(s, f);
}

void loops_locate(struct model *model)
{
    struct search *s = alloc_zeroed(1, sizeof *s);
    s->model = model;
    s->meetings = meetings_create(model);
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
        f->loop = has_parent                  ? loop_or_parent(model, f, loop_below_parent(s, f))
                  : kind_of(f->kind)->is_loop ? loop_of_peers(s, f)
                                              : MODEL_NONE;
    }
    free(s->after);
    free(s->before);
    helpers_destroy(s->helpers);
    meetings_destroy(s->meetings);
    free(s);
}
