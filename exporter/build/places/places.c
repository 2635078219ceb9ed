#include "exporter/build/places/places.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/map.h"
#include "exporter/base/path.h"
#include "exporter/model/callers.h"
#include "exporter/symbols/frames.h"
#include "exporter/ownership/ownership.h"
#include "exporter/ownership/plumbing.h"

/* One line that so many statements come through, from so many callers of the program's own, and such a part of all groups. */
#define WRAPPED_STATEMENTS 8
#define WRAPPED_CALLERS    8
#define WRAPPED_PART       8
#define ROUNDS_MAX         12 /* wrappers of wrappers */

/* In the order in which they are the place. In packaged software nothing is the program's own. */
enum rank {
    RANK_DATABASE,
    RANK_MACHINE, /* node's own scripts, the JDK's classes, Erlang's emulator: they run queues and write to sockets */
    RANK_LAUNCHER,
    RANK_PLUMBING,
    RANK_UNKNOWN, /* neither a name nor a line */
    RANK_SCRIPT,  /* of the system: it may be all there is of the program, or start it */
    RANK_PACKAGE,
    RANK_PROGRAM, /* its executable */
    RANK_OWN,
};

/* What plumbing.h said of the paths, which are interned: many frames have the same one. */
struct known {
    const char *path;
    bool holds, is_test_client, is_setup;
};

#define KNOWN_PATHS 256

static struct known known_of(struct known known[KNOWN_PATHS], const char *path)
{
    struct known *k = &known[hash_mix((uintptr_t)path, 0) % KNOWN_PATHS];
    if (k->path != path)
        *k = (struct known){path, plumbing_holds(path), plumbing_is_test_client(path), plumbing_is_setup(path)};
    return *k;
}

static bool is_plumbing(struct known known[KNOWN_PATHS], const char *path)
{
    return known_of(known, path).holds;
}

static uint64_t module_key(const struct model_frame *frame)
{
    return hash_mix((uintptr_t)frame->module, 0);
}

/* The modules of which some lines are known: what has none there was compiled by others, a static library. */
static void note_modules_with_lines(const struct model *model, struct map *with_lines)
{
    const char *last = NULL;
    bool added;

    for (uint32_t i = 0; i < model->frame_count; i++) {
        const struct model_frame *frame = &model->frames[i];
        if (!frame->module || !frame->file || !frame->in_app || frame->module == last)
            continue;
        map_intern(with_lines, module_key(frame), 0, &added);
        last = frame->module;
    }
}

static bool is_static_library(const struct map *with_lines, const struct model_frame *frame)
{
    uint32_t unused;

    return frame->module && !frame->file && map_find(with_lines, module_key(frame), NULL, NULL, &unused);
}

static enum rank rank_of(struct known known[KNOWN_PATHS], const struct map *with_lines, const struct model_frame *frame)
{
    const char *path = frame->file ? frame->file : frame->module;
    if (frame->is_library)
        return RANK_DATABASE;
    if (!frame->in_app && path && plumbing_is_machine(path))
        return RANK_MACHINE;
    if (frame->file && !frame->in_app && plumbing_is_launcher(frame->file))
        return RANK_LAUNCHER;
    if (frame->in_app && is_static_library(with_lines, frame))
        return RANK_PACKAGE;
    if (frame->in_app)
        return frame->file && !frame->module &&
                       (path_is_system_program(frame->file) || path_is_below(frame->file, "/usr/local/bin"))
                   ? RANK_SCRIPT
                   : RANK_OWN;
    if (!frame->file && ownership_is_foreign_function(frame->language, frame->function))
        return RANK_PLUMBING;
    if (frame->is_main && frames_is_informative(frame) && !is_plumbing(known, frame->module))
        return RANK_PROGRAM;
    if (!path || is_plumbing(known, path) || (frame->module && is_plumbing(known, frame->module)))
        return RANK_PLUMBING;
    return frames_is_informative(frame) ? RANK_PACKAGE : RANK_UNKNOWN;
}

static bool hides_callers(const struct model_frame *frame)
{
    if (frame->file)
        return strcmp(frame->language, "javascript") == 0 || plumbing_is_event_loop(frame->file);
    return frame->module && plumbing_is_erlang(frame->module);
}

static int worth(const struct model_frame *frame)
{
    return frame->rank * 2 + !frame->is_wrapper;
}

uint32_t places_nearest(const struct model *model, uint32_t node)
{
    return node != MODEL_NONE ? model->nodes[node].place : MODEL_NONE;
}

/* Of equals the innermost one. Parents come before their children. */
static void find_places(struct model *model)
{
    uint8_t *worths = alloc_zeroed(model->frame_count, sizeof *worths);
    for (uint32_t i = 0; i < model->frame_count; i++)
        worths[i] = (uint8_t)worth(&model->frames[i]);
    for (uint32_t i = 0; i < model->node_count; i++) {
        struct model_node *node = &model->nodes[i];
        uint32_t outer = node->parent != MODEL_NONE ? model->nodes[node->parent].place : MODEL_NONE;
        bool is_better = outer == MODEL_NONE || worths[node->frame] >= worths[model->nodes[outer].frame];
        node->place = is_better ? i : outer;
    }
    free(worths);
}

/* Parents come before their children. */
static void find_requests(struct model *model)
{
    for (uint32_t i = 0; i < model->node_count; i++) {
        struct model_node *node = &model->nodes[i];
        uint32_t outer = node->parent != MODEL_NONE ? model->nodes[node->parent].request : MODEL_NONE;
        node->request = model->frames[node->frame].is_test_client ? i : outer;
    }
}

/* Whose calls the node is in: the frames outside of it that are as much the program's own. What a framework has in between
 * differs from the first call to the next ones, and from process to process. */
static uint64_t own_callers(const struct model *model, uint32_t node)
{
    uint8_t rank = model->frames[model->nodes[node].frame].rank;
    uint64_t hash = 0;
    for (node = model->nodes[node].parent; node != MODEL_NONE; node = model->nodes[node].parent) {
        uint32_t frame = model->nodes[node].frame;
        if (model->frames[frame].rank >= rank)
            hash = hash_mix(hash, frame);
    }
    return hash;
}

/* What passes through a frame. */
struct passing {
    uint32_t groups, statements, callers;
};

/* Marks the frames that are the place of many statements from many callers; whether there is one that was not known. */
static bool mark_wrappers(struct model *model, const uint32_t *places)
{
    struct passing *passing = alloc_zeroed(model->frame_count, sizeof *passing);
    struct map seen = {0};
    bool found = false;
    for (uint32_t i = 0; i < model->group_count; i++) {
        if (places[i] != MODEL_NONE)
            passing[model->nodes[places[i]].frame].groups++;
    }
    for (uint32_t i = 0; i < model->group_count; i++) {
        uint32_t node = places[i];
        bool added;
        if (node == MODEL_NONE)
            continue;
        uint32_t frame = model->nodes[node].frame;
        struct passing *p = &passing[frame];
        /* A few frames at the most have such a part of the groups: only theirs are told apart. */
        if (model->frames[frame].is_wrapper || p->groups < model->group_count / WRAPPED_PART)
            continue;
        map_intern(&seen, hash_mix((uint64_t)frame << 32 | model->groups[i].statement, 1), 0, &added);
        p->statements += added;
        map_intern(&seen, hash_mix(own_callers(model, node), (uint64_t)frame << 32 | 2), 0, &added);
        p->callers += added;
    }
    for (uint32_t i = 0; i < model->frame_count; i++) {
        if (passing[i].statements < WRAPPED_STATEMENTS || passing[i].callers < WRAPPED_CALLERS)
            continue;
        model->frames[i].is_wrapper = true;
        found = true;
    }
    map_finish(&seen);
    free(passing);
    return found;
}

/* A line of the machine's alone is nobody's place; nor is code without a source where who asked stands on no stack. */
static uint32_t location_at(const struct model *model, uint32_t group, uint32_t place)
{
    uint32_t frame = place != MODEL_NONE ? model->nodes[place].frame : MODEL_NONE;
    if (frame == MODEL_NONE || model->frames[frame].rank == RANK_MACHINE)
        return MODEL_NONE;
    return !model->frames[frame].file && callers_way(model, group) == CALLERS_UNKNOWN ? MODEL_NONE : frame;
}

bool places_is_plumbing(const struct model_frame *frame)
{
    return frame->rank == RANK_PLUMBING;
}

void places_locate(struct model *model)
{
    uint32_t *places = alloc_resize(NULL, model->group_count, sizeof *places);
    struct known known[KNOWN_PATHS] = {0};
    struct map with_lines = {0};
    note_modules_with_lines(model, &with_lines);
    for (uint32_t i = 0; i < model->frame_count; i++) {
        struct model_frame *frame = &model->frames[i];
        frame->rank = (uint8_t)rank_of(known, &with_lines, frame);
        frame->is_test_client = !frame->in_app && frame->file && known_of(known, frame->file).is_test_client;
        frame->hides_callers = hides_callers(frame);
        frame->is_setup = !frame->in_app && frame->file && known_of(known, frame->file).is_setup;
    }
    map_finish(&with_lines);
    find_requests(model);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        find_places(model);
        for (uint32_t i = 0; i < model->group_count; i++)
            places[i] = places_nearest(model, model->groups[i].stack);
        if (model->group_count < WRAPPED_CALLERS || !mark_wrappers(model, places))
            break;
    }
    for (uint32_t i = 0; i < model->group_count; i++)
        model->groups[i].location = location_at(model, i, places[i]);
    free(places);
}
