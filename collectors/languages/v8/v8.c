#include "collectors/languages/v8/v8.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/process/thread.h"
#include "collectors/languages/v8/chain.h"
#include "collectors/languages/v8/engine.h"

static const char missing[] = "JavaScript frames: the engine does not export the interface to its stack traces";

static bool start(const char **why)
{
    *why = missing;
    return engine_open();
}

/* Where a file: URL stands for a path, the path. */
static const char *path_of(const char *script)
{
    return strncmp(script, "file://", 7) == 0 ? script + 7 : script;
}

struct walking {
    struct vm_frame *frames;
    size_t count;
};

static bool take(void *context, const struct engine_frame *frame)
{
    struct walking *walking = context;
    uint64_t key = hash_bytes(frame->function, strlen(frame->function), frame->line);

    walking->frames[walking->count] = (struct vm_frame){
        .key = hash_bytes(frame->script, strlen(frame->script), key),
        .code = walking->count, /* which one it is */
        .position = frame->line,
    };
    walking->count++;
    return true;
}

static size_t walk(struct vm_frame *frames, size_t max)
{
    void *here = engine_here();
    struct walking walking = {frames, 0};

    if (here)
        engine_stack(here, max, take, &walking);
    return walking.count;
}

static bool identify(uintptr_t slot, uint64_t *ret)
{
    uintptr_t high = thread_self->stack_high;

    return slot < high && engine_here() && chain_identify(slot, high, ret);
}

struct search {
    size_t left;
    struct vm_description *ret;
};

static bool find(void *context, const struct engine_frame *frame)
{
    struct search *search = context;

    if (search->left-- > 0)
        return true;
    snprintf(search->ret->function, sizeof search->ret->function, "%s", frame->function[0] ? frame->function : "<anonymous>");
    snprintf(search->ret->file, sizeof search->ret->file, "%s", path_of(frame->script));
    search->ret->line = frame->line;
    return false;
}

static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    void *here = engine_here();
    struct search search = {frame->code, ret};

    if (here)
        engine_stack(here, frame->code + 1, find, &search);
}

const struct language_walker v8_walker = {
    .name = "v8",
    .language = WALKER_JAVASCRIPT,
    .scans_stack = true,
    .present = engine_is_there,
    .start = start,
    .walk = walk,
    .identify = identify,
    .describe = describe,
};
