#include "collectors/languages/v8/v8.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "agent/base/log.h"
#include "agent/base/memory.h"
#include "agent/process/thread.h"
#include "collectors/languages/v8/addons/handed.h"
#include "collectors/languages/v8/api.h"
#include "collectors/languages/v8/clients.h"
#include "collectors/languages/v8/here.h"
#include "collectors/languages/v8/promises/job.h"
#include "collectors/languages/v8/memo.h"
#include "collectors/languages/v8/objects.h"
#include "collectors/languages/v8/places.h"

#define SAMPLE_MAX 254 /* V8 takes 255 at the most */
#define LINE_MAX   (1 << 24)

static const char test_failed[] = "JavaScript frames: the test at the start failed";

/* Connections may open while no script is on the stack: then the test waits for the first frames. */
enum { UNTESTED, HOLDS, FAILS };
static _Atomic int test_result;
static bool tells_awaiting; /* written before the test's result */

bool v8_is_found(void)
{
    static _Atomic bool found;

    if (!found)
        found = v8_api_find();
    return found;
}

/* In a thread that works for one which runs JavaScript, too. */
static bool present(void)
{
    return v8_is_found() && (v8_isolate() || v8_here.handed);
}

static bool start(const char **why)
{
    (void)why;
    return true;
}

static bool test_frame(const struct v8_frame *frame, void *context)
{
    int *good = context;

    *good = frame->line > 0 && frame->line < LINE_MAX && *good >= 0 ? *good + 1 : -1;
    return true;
}

/* Is it clear where V8 tells the state of the thread, and have its frames lines? The first frames of all decide; threads that
 * test at the same time find the same. */
static COLD bool test(void *isolate)
{
    int good = 0;

    switch (v8_api_test(isolate)) {
    case V8_NOTHING_TO_TEST:
        return false;
    case V8_KNOWN:
        v8_trace(isolate, SAMPLE_MAX, &(struct v8_tracing){.each = test_frame, .context = &good});
        break;
    case V8_UNKNOWN:
        break;
    }
    tells_awaiting = v8_api_tells_suspended();
    test_result = good > 0 ? HOLDS : FAILS;
    if (good <= 0)
        log_line(LOG_WARN, "%s", test_failed);
    return good > 0;
}

static bool is_tested(void *isolate)
{
    int result = atomic_load_explicit(&test_result, memory_order_relaxed);

    return likely(result == HOLDS) || (result == UNTESTED && test(isolate));
}

/* Of this isolate; NULL: there is no memory. */
static uint64_t *collections_of(void *isolate)
{
    if (likely(v8_here.isolate == isolate))
        return v8_here.collections;
    v8_here.isolate = NULL;
    v8_here.collections = pool_alloc(&thread_self->pool, sizeof *v8_here.collections);
    if (!v8_here.collections || (!v8_here.memos && !(v8_here.memos = v8_memos_create())))
        return NULL;
    v8_here.isolate = isolate;
    v8_here_forget(0);
    v8_count_collections(isolate, v8_here.collections);
    return v8_here.collections;
}

/* Stacks that are the same differ by who awaits them. */
static HOT uint64_t with_awaiting(const void *isolate, uint64_t hash)
{
    struct v8_chain chain;
    enum v8_way way;

    if (unlikely(!tells_awaiting))
        return hash;
    v8_here_look(*v8_here.collections);
    way = v8_search(isolate, v8_memos_client(v8_here.memos), &chain);
    return way == V8_NOBODY ? hash : hash_mix(hash ^ way, chain.hash);
}

/* The machine is asked, and may be told of the walker, only where a sample has said that it may. */
static NOINLINE bool sample(void *isolate, uint64_t *ret)
{
    uintptr_t positions[SAMPLE_MAX];
    size_t count = v8_sample(isolate, positions, SAMPLE_MAX);
    const uint64_t *collections;
    uint64_t hash;

    if (count == 0 || count == SAMPLE_MAX || !(collections = collections_of(isolate)))
        return false;
    hash = hash_mix((uintptr_t)isolate ^ (uintptr_t)collections, *collections << 8 | count);
    for (size_t i = 0; i < count; i++)
        hash = hash_mix(hash, positions[i]);
    *ret = hash;
    if (v8_memos_follow(v8_here.memos, isolate, positions, count)) {
        v8_job_learn(isolate);
        v8_memos_learn(v8_here.memos, isolate, *collections, hash);
        *ret = with_awaiting(isolate, hash);
    }
    return true;
}

static COLD bool is_handed(uint64_t *ret)
{
    if (!v8_here.handed)
        return false;
    *ret = v8_here.handed->hash;
    return true;
}

static HOT bool identify(uint64_t *ret)
{
    void *isolate = v8_isolate();
    int saved_errno;
    bool known;

    if (unlikely(!isolate))
        return is_handed(ret);
    if (likely(v8_here.isolate == isolate) && likely(atomic_load_explicit(&test_result, memory_order_relaxed) == HOLDS) &&
        v8_memos_hold(v8_here.memos, isolate, *v8_here.collections, ret)) {
        *ret = with_awaiting(isolate, *ret);
        return true;
    }
    saved_errno = errno;
    known = is_tested(isolate) && sample(isolate, ret);
    errno = saved_errno;
    return known;
}

struct found {
    struct vm_frame *frames;
    size_t count, max;
    const void *isolate;
    struct v8_client_frames *client; /* NULL: the stack could not be followed */
    size_t inner;                    /* frames up to the client's innermost */
    size_t on_stack;
    enum v8_way way;
    bool is_program; /* one of those that await is the program's own */
    bool is_called;  /* one of those on the stack is neither the client's nor node's */
};

static bool take(const struct v8_frame *frame, void *context)
{
    struct found *found = context;
    const struct v8_place *place = v8_place(frame);

    if (!place) {
        found->count = found->on_stack = 0;
        return false;
    }
    found->frames[found->count].key = place->key;
    found->frames[found->count].code = (uintptr_t)place;
    found->frames[found->count++].position = place->line;
    if (!found->inner && !v8_is_of_node(place->file))
        found->inner = found->count;
    found->is_program |= found->way != V8_NOBODY && v8_is_of_program(place->file);
    found->is_called |= found->way == V8_NOBODY && !v8_is_of_client(place->file);
    return found->count < found->max;
}

/* Outside of a function that goes on behind an await stand those that await it, not what node runs its queues by. */
static void leave_out_queue(struct found *found)
{
    while (found->count > found->inner && found->inner > 0) {
        const struct v8_place *place = (const struct v8_place *)found->frames[found->count - 1].code;
        if (!v8_is_of_node(place->file))
            break;
        found->count--;
    }
}

/* Asked after the frames of the stack. */
static bool take_further(size_t index, struct v8_suspended *ret, void *context)
{
    struct found *found = context;
    struct v8_chain chain;
    enum v8_way way = V8_NOBODY;

    if (found->client) {
        v8_here_look(*v8_here.collections);
        way = v8_search(found->isolate, found->client, &chain);
    }
    if (index == 0) {
        if (found->client && v8_job(found->isolate))
            leave_out_queue(found);
        found->on_stack = found->count;
        found->way = way;
    }
    if (way != V8_NOBODY && index == chain.count && chain.callback) {
        ret->function = chain.callback;
        ret->offset = V8_BEGINNING;
        return true;
    }
    if (way == V8_NOBODY || index >= chain.count)
        return false;
    ret->function = v8_field(chain.generators[index], V8_GENERATOR_FUNCTION);
    ret->shared = v8_field(ret->function, v8_types.function_shared);
    ret->offset = v8_number(v8_field(chain.generators[index], V8_GENERATOR_POSITION)) - (v8_types.bytecode_header - 1);
    return ret->offset >= 0;
}

/* The function that sends a statement for one that awaits it may have been called for another one's sake: by what the machine
 * had to do next, or by whoever gave a connection back. So what stands behind it on the stack is not the statement's; nor is it
 * where nobody awaits it, and nobody but the machine has called the client. */
static void leave_out_senders(struct found *found)
{
    size_t further = found->count - found->on_stack;

    if (found->way == V8_NOBODY && !found->is_called && found->inner > 0)
        found->count = found->inner;
    if (found->way != V8_BY_STATEMENT && found->way != V8_BY_CALLBACK)
        return;
    if (!found->is_program && found->is_called) {
        found->count = found->on_stack;
        v8_here.suspended = 0;
        return;
    }
    memmove(found->frames + found->inner, found->frames + found->on_stack, further * sizeof found->frames[0]);
    found->count = found->inner + further;
}

static size_t walk_handed(struct vm_frame *frames, size_t max)
{
    const struct v8_handed *handed = v8_here.handed;
    size_t count = handed && handed->count <= max ? handed->count : 0;

    if (count > 0) {
        memcpy(frames, handed->frames, count * sizeof *frames);
        v8_here.suspended = handed->suspended;
    }
    return count;
}

static size_t walk(struct vm_frame *frames, size_t max)
{
    uintptr_t positions[SAMPLE_MAX];
    struct found found = {.frames = frames, .max = max};
    void *isolate = v8_isolate();
    size_t count;

    v8_here.suspended = 0;
    if (!isolate)
        return walk_handed(frames, max);
    if (!is_tested(isolate) || (count = v8_sample(isolate, positions, SAMPLE_MAX)) == 0)
        return 0;
    if (tells_awaiting && count < SAMPLE_MAX && v8_here.isolate == isolate &&
        v8_memos_follow(v8_here.memos, isolate, positions, count))
        found.client = v8_memos_client(v8_here.memos);
    found.isolate = isolate;
    v8_trace(isolate, max, &(struct v8_tracing){.each = take, .further = take_further, .context = &found});
    v8_here.suspended = found.way == V8_NOBODY ? 0 : found.count - found.on_stack;
    leave_out_senders(&found);
    return found.count;
}

const struct v8_handed *v8_capture(void)
{
    struct vm_frame frames[V8_HANDED_FRAMES];
    struct v8_memos_handed *known;
    uint64_t hash;
    size_t count;

    if (!v8_is_found() || !v8_isolate() || !thread_current() || !identify(&hash))
        return NULL;
    known = v8_memos_handed(v8_here.memos, hash);
    if (unlikely(known->hash != hash)) {
        int saved_errno = errno;
        count = walk(frames, V8_HANDED_FRAMES);
        known->stack = count > 0 ? v8_handed_keep(frames, count, v8_here.suspended) : NULL;
        known->hash = hash;
        errno = saved_errno;
    }
    return known->stack;
}

static size_t suspended(void)
{
    return v8_here.suspended;
}

static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    const struct v8_place *place = (const struct v8_place *)frame->code;

    memcpy(ret->function, place->function, strnlen(place->function, VM_TEXT - 1));
    memcpy(ret->file, place->file, strnlen(place->file, VM_TEXT - 1));
    ret->line = place->line;
    ret->column = place->column;
    ret->function_key = place->function[0] != '<'; /* a file has several that are anonymous */
}

const struct language_walker v8_walker = {
    .name = "v8",
    .language = WALKER_JAVASCRIPT,
    .clients = v8_clients,
    .present = present,
    .start = start,
    .walk = walk,
    .identify = identify,
    .suspended = suspended,
    .describe = describe,
};
