#include "collectors/languages/v8/v8.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "agent/base/memory.h"
#include "collectors/languages/v8/api.h"
#include "collectors/languages/v8/places.h"

#define SAMPLE_MAX 254 /* V8 takes 255 at the most */
#define LINE_MAX   (1 << 24)

static const char test_failed[] = "JavaScript frames: the test at the start failed";

/* Drivers and what they call, down to the socket: which of it is on the stack changes from one execution to the next. */
static const char *const clients[] = {
    "node:",
    "/node_modules/pg/",
    "/node_modules/pg-",
    "/node_modules/postgres/",
    "/node_modules/libpq/",
    "/node_modules/sqlite3/",
    "/node_modules/better-sqlite3/",
    "/node_modules/bindings/",
    NULL,
};

/* The isolate that the thread runs, and how often its code may have moved. A thread that ends leaves the count, which the isolate
 * may still write to. */
static __thread struct {
    void *isolate;
    uint64_t *collections;
} here __attribute__((tls_model("initial-exec")));

static bool present(void)
{
    static bool found;
    void *isolate;

    if (!found && !v8_api_find())
        return false;
    found = true;
    isolate = v8_isolate();
    return isolate && v8_api_test(isolate);
}

static bool test(const struct v8_frame *frame, void *context)
{
    int *good = context;

    *good = frame->line > 0 && frame->line < LINE_MAX && *good >= 0 ? *good + 1 : -1;
    return true;
}

/* Are there as many frames as were sampled, or more (functions that were compiled into others), with lines? */
static bool start(const char **why)
{
    uintptr_t positions[SAMPLE_MAX];
    void *isolate = v8_isolate();
    int good = 0;

    *why = test_failed;
    if (!isolate || v8_sample(isolate, positions, SAMPLE_MAX) == 0)
        return false;
    v8_trace(isolate, SAMPLE_MAX, test, &good);
    return good > 0;
}

/* Of this isolate; NULL: there is no memory. */
static uint64_t *collections_of(void *isolate)
{
    if (likely(here.isolate == isolate))
        return here.collections;
    here.isolate = NULL;
    here.collections = memory_map(sizeof *here.collections);
    if (!here.collections)
        return NULL;
    here.isolate = isolate;
    v8_count_collections(isolate, here.collections);
    return here.collections;
}

static bool identify(uint64_t *ret)
{
    uintptr_t positions[SAMPLE_MAX];
    void *isolate = v8_isolate();
    const uint64_t *collections;
    size_t count;
    uint64_t hash;

    if (!isolate || (count = v8_sample(isolate, positions, SAMPLE_MAX)) == 0 || count == SAMPLE_MAX ||
        !(collections = collections_of(isolate)))
        return false;
    hash = hash_mix((uintptr_t)isolate ^ (uintptr_t)collections, *collections << 8 | count);
    for (size_t i = 0; i < count; i++)
        hash = hash_mix(hash, positions[i]);
    *ret = hash;
    return true;
}

struct found {
    struct vm_frame *frames;
    size_t count, max;
};

static bool take(const struct v8_frame *frame, void *context)
{
    struct found *found = context;
    const struct v8_place *place = v8_place(frame);

    if (!place) {
        found->count = 0;
        return false;
    }
    found->frames[found->count].key = place->key;
    found->frames[found->count].code = (uintptr_t)place;
    found->frames[found->count++].position = place->line;
    return found->count < found->max;
}

static size_t walk(struct vm_frame *frames, size_t max)
{
    uintptr_t positions[SAMPLE_MAX];
    struct found found = {.frames = frames, .max = max};
    void *isolate = v8_isolate();

    if (!isolate || v8_sample(isolate, positions, SAMPLE_MAX) == 0)
        return 0;
    v8_trace(isolate, max, take, &found);
    return found.count;
}

static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    const struct v8_place *place = (const struct v8_place *)frame->code;

    memcpy(ret->function, place->function, strnlen(place->function, VM_TEXT - 1));
    memcpy(ret->file, place->file, strnlen(place->file, VM_TEXT - 1));
    ret->line = place->line;
}

const struct language_walker v8_walker = {
    .name = "javascript",
    .language = WALKER_JAVASCRIPT,
    .clients = clients,
    .present = present,
    .start = start,
    .walk = walk,
    .identify = identify,
    .describe = describe,
};
