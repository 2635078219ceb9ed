#include "exporter/build/merge/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/map.h"
#include "exporter/build/merge/recursion.h"
#include "exporter/build/merge/same.h"
#include "exporter/recording/recording.h"
#include "exporter/symbols/frames.h"
#include "exporter/symbols/source_map/maps.h"
#include "exporter/symbols/symbols.h"

#define UNMET (MODEL_NONE - 1) /* no node */

struct span {
    uint32_t start;
    uint32_t count;
};

struct stacks {
    struct model *model;
    const struct ownership *ownership;
    struct symbols *symbols;
    struct source_maps *source_maps;
    struct real_paths real_paths;
    struct installed installed;
    struct generated generated;
    struct map frames;
    struct map nodes;
    uint32_t frame_capacity;
    uint32_t *runners; /* by frame: the node that it was first met behind, as the program's outermost one; UNMET */
    uint32_t runner_capacity;
    uint32_t *first_children; /* by node; MODEL_NONE: it has no child */
    uint32_t node_capacity;
    uint32_t child_capacity;
};

struct stacks *stacks_create(struct model *model, const struct ownership *ownership)
{
    struct stacks *s = alloc_zeroed(1, sizeof *s);
    s->model = model;
    s->ownership = ownership;
    s->symbols = symbols_create(&model->pool);
    s->source_maps = source_maps_create();
    return s;
}

void stacks_destroy(struct stacks *s)
{
    if (!s)
        return;
    symbols_destroy(s->symbols);
    source_maps_destroy(s->source_maps);
    real_paths_finish(&s->real_paths);
    installed_finish(&s->installed);
    generated_finish(&s->generated);
    map_finish(&s->frames);
    free(s->first_children);
    map_finish(&s->nodes);
    free(s->runners);
    free(s);
}

/* Who wrote std::find_if has unrolled it by hand: its calls of one function are one place of a program's. */
static bool is_of_standard_library(const struct model_frame *frame)
{
    return frame->file && !frame->in_app && strstr(frame->file, "/include/c++/");
}

static bool same_frame(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    const struct model_frame *a = &w->model->frames[value];
    const struct model_frame *b = w->element;
    return (a->line == b->line || is_of_standard_library(b)) && a->offset == b->offset && a->is_main == b->is_main &&
           a->in_app == b->in_app && same_text(a->function, b->function) && same_text(a->file, b->file) &&
           same_text(a->module, b->module) && same_text(a->language, b->language);
}

static uint32_t add_frame(struct stacks *s, const struct model_frame *frame)
{
    struct model *model = s->model;
    struct wanted wanted = {model, frame};
    uint64_t key = hash_mix(hash_mix(is_of_standard_library(frame) ? 0 : frame->line, frame->offset), 0);
    key = mix_text(mix_text(mix_text(key, frame->function), frame->file), frame->module);
    uint32_t index;
    if (map_find(&s->frames, key, same_frame, &wanted, &index))
        return index;
    ALLOC_GROW(model->frames, model->frame_count, s->frame_capacity);
    model->frames[model->frame_count] = *frame;
    ALLOC_GROW(s->runners, model->frame_count, s->runner_capacity);
    s->runners[model->frame_count] = UNMET;
    map_add(&s->frames, key, model->frame_count);
    return model->frame_count++;
}

static uint32_t append_node(struct stacks *s, uint32_t parent, uint32_t frame)
{
    struct model *model = s->model;
    ALLOC_GROW(s->first_children, model->node_count, s->child_capacity);
    s->first_children[model->node_count] = MODEL_NONE;
    ALLOC_GROW(model->nodes, model->node_count, s->node_capacity);
    model->nodes[model->node_count] = (struct model_node){.parent = parent, .frame = frame};
    return model->node_count++;
}

/* Most nodes are their parent's only child, which takes no look into the map. */
static uint32_t add_node(struct stacks *s, uint32_t parent, uint32_t frame)
{
    struct model *model = s->model;
    if (parent != MODEL_NONE) {
        uint32_t first = s->first_children[parent];
        if (first == MODEL_NONE) {
            uint32_t node = append_node(s, parent, frame);
            return s->first_children[parent] = node;
        }
        if (model->nodes[first].frame == frame)
            return first;
    }
    bool added;
    uint32_t index = map_intern(&s->nodes, (uint64_t)parent << 32 | frame, model->node_count, &added);
    return added ? append_node(s, parent, frame) : index;
}

/* The node of a function that the compiled program has called there, or has in its caller. */
static uint32_t add_call(struct stacks *s, uint32_t caller, uint32_t frame)
{
    struct recursion recursion = recursion_before(s->model, caller, frame);
    if (recursion.count > 0)
        caller = recursion.before;
    for (uint32_t i = 0; i < recursion.count; i++)
        caller = add_node(s, caller, recursion.frames[i]);
    return add_node(s, caller, frame);
}

/* Outside of the program's outermost function stands what runs it: a runtime's worker comes to a task from its queue, from a wait
 * or from another task. That is one place, told with the way that was met first. */
static uint32_t run_by(struct stacks *s, uint32_t runner, uint32_t frame)
{
    if (s->runners[frame] == UNMET)
        s->runners[frame] = runner;
    return s->runners[frame];
}

static void note_symbols(struct stacks *s, const struct recording_module *module)
{
    if (!module->path || !module->path[0])
        return;
    struct symbols_module *symbols = symbols_module(s->symbols, module->path, module->build_id.data, module->build_id.length);
    enum symbols_state state = symbols_module_state(symbols);
    if (state == SYMBOLS_READ || module->path[0] == '[')
        return;
    char *note = alloc_format("%s: %s; its functions have no names here", module->path,
                              state == SYMBOLS_CHANGED ? "is not the file that ran (its build-id is another)" : "cannot be read");
    model_add_note(s->model, note);
    free(note);
}

/* The frames of the model for every frame that a group's stack needs. */
static struct span *resolve_frames(struct stacks *s, const struct recording *r, const bool *needed, uint32_t **ret_list)
{
    struct frame_context context = {
        r, s->symbols, &s->model->pool, s->ownership, &s->real_paths, &s->installed, &s->generated, s->source_maps};
    struct span *spans = alloc_zeroed(r->frames.count, sizeof *spans);
    uint32_t *list = NULL;
    uint32_t count = 0;
    uint32_t capacity = 0;
    bool *noted = alloc_zeroed(r->modules.count, sizeof *noted);
    for (uint32_t i = 0; i < r->frames.count; i++) {
        if (!needed[i])
            continue;
        struct model_frame frames[SYMBOLS_INLINE_MAX];
        size_t n = frames_resolve(&context, &r->frames.at[i], frames);
        uint32_t module = r->frames.at[i].module;
        if (n > 0 && module != RECORDING_NONE && !noted[module]) {
            note_symbols(s, &r->modules.at[module]);
            noted[module] = true;
        }
        spans[i] = (struct span){count, (uint32_t)n};
        for (size_t j = 0; j < n; j++) {
            ALLOC_GROW(list, count, capacity);
            list[count++] = add_frame(s, &frames[j]);
        }
    }
    free(noted);
    *ret_list = list;
    return spans;
}

static void mark_cut(struct model *model, uint32_t node)
{
    if (node == MODEL_NONE)
        return;
    while (model->nodes[node].parent != MODEL_NONE)
        node = model->nodes[node].parent;
    model->nodes[node].is_cut = true;
}

/* Of a stack and its callers. */
struct ancestry {
    bool is_inlined; /* it has functions that are compiled into others */
    bool is_foreign; /* all of it is compiled, and none of it the program's own */
};

static uint32_t add_frames(struct stacks *s, uint32_t node, const uint32_t *frames, uint32_t count, uint32_t language,
                           struct ancestry *from)
{
    from->is_inlined = from->is_inlined || count > 1;
    from->is_foreign = from->is_foreign && language == NPLUS1__LANGUAGE__LANGUAGE_NATIVE;
    while (count-- > 0) {
        if (from->is_foreign) {
            const struct model_frame *frame = &s->model->frames[frames[count]];
            from->is_foreign = frame->module && !frame->in_app; /* code of no module may be the program's own, made as it runs */
            if (frame->module && frame->in_app)
                node = run_by(s, node, frames[count]);
        }
        node = from->is_inlined ? add_call(s, node, frames[count]) : add_node(s, node, frames[count]);
    }
    return node;
}

/* What groups have: stacks with their callers, and their frames. */
static void find_needed(const struct recording *r, bool *stack_needed, bool *frame_needed)
{
    for (uint32_t i = 0; i < r->groups.count; i++) {
        if (r->groups.at[i].stack != RECORDING_NONE)
            stack_needed[r->groups.at[i].stack] = true;
    }
    for (uint32_t i = r->stacks.count; i-- > 0;) {
        const struct recording_stack *stack = &r->stacks.at[i];
        if (!stack_needed[i])
            continue;
        if (stack->parent != RECORDING_NONE)
            stack_needed[stack->parent] = true;
        if (stack->frame != RECORDING_NONE)
            frame_needed[stack->frame] = true;
    }
}

uint32_t *stacks_merge(struct stacks *s, const struct recording *r)
{
    bool *stack_needed = alloc_zeroed(r->stacks.count, sizeof *stack_needed);
    bool *frame_needed = alloc_zeroed(r->frames.count, sizeof *frame_needed);
    find_needed(r, stack_needed, frame_needed);
    uint32_t *list;
    struct span *spans = resolve_frames(s, r, frame_needed, &list);
    uint32_t *nodes = alloc_resize(NULL, r->stacks.count, sizeof *nodes);
    struct ancestry *ancestries = alloc_resize(NULL, r->stacks.count, sizeof *ancestries);
    for (uint32_t i = 0; i < r->stacks.count; i++) {
        const struct recording_stack *stack = &r->stacks.at[i];
        struct ancestry from = {.is_foreign = !stack->truncated};
        uint32_t node = MODEL_NONE;
        if (stack->parent != RECORDING_NONE) {
            from = ancestries[stack->parent];
            node = nodes[stack->parent];
        }
        if (stack_needed[i] && stack->frame != RECORDING_NONE) {
            node = add_frames(s, node, list + spans[stack->frame].start, spans[stack->frame].count,
                              r->frames.at[stack->frame].language, &from);
            if (stack->suspended && node != MODEL_NONE)
                s->model->nodes[node].is_suspended = true;
            if (stack->truncated)
                mark_cut(s->model, node);
        }
        nodes[i] = node;
        ancestries[i] = from;
    }
    free(ancestries);
    free(list);
    free(spans);
    free(frame_needed);
    free(stack_needed);
    return nodes;
}
