#include "collectors/languages/hotspot/hotspot.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/hash.h"
#include "collectors/languages/hotspot/layout.h"
#include "collectors/languages/hotspot/machine.h"

#define FRAMES_MAX 200 /* 3 KiB of the stack */
#define NAMES      1024

static struct hotspot_layout layout; /* written by one thread, before the walker is in use */
static bool identifies;              /* layout is there */

static const char closed[] = "Java frames: the machine does not open its tool interface (JVMTI)";
static const char unlike[] = "Java frames: the machine does not tell the frames of a thread that runs Java code";

static bool present(void)
{
    return machine_is_there();
}

static bool start(const char **why)
{
    const machine_table *thread = machine_thread();
    struct machine_frame frame;
    struct machine_method method;

    *why = closed;
    if (!thread || !machine_open())
        return false;
    *why = unlike;
    if (machine_stack(&frame, 1) != 1 || !machine_describe(thread, frame.method, frame.location, &method))
        return false;
    identifies = hotspot_layout_find(thread, &layout);
    return true;
}

static bool identify(uintptr_t slot, uint64_t *ret)
{
    const machine_table *thread = identifies ? machine_thread() : NULL;

    return thread && hotspot_identify(&layout, thread, ret);
}

/* Names of methods by their numbers, which may be used again after a collection. Two words that belong together only when one is
 * a hash of the other: threads write them at any time. */
static struct {
    _Atomic uint64_t check, hash;
} names[NAMES];

static bool name(const machine_table *thread, uintptr_t method, uint64_t life, uint64_t *ret)
{
    uint64_t question = hash_mix(method, life);
    uint64_t hash = atomic_load_explicit(&names[question % NAMES].hash, memory_order_relaxed);

    if (identifies && atomic_load_explicit(&names[question % NAMES].check, memory_order_relaxed) == hash_mix(question, hash)) {
        *ret = hash;
        return true;
    }
    if (!machine_name_method(thread, method, &hash))
        return false;
    atomic_store_explicit(&names[question % NAMES].hash, hash, memory_order_relaxed);
    atomic_store_explicit(&names[question % NAMES].check, hash_mix(question, hash), memory_order_relaxed);
    *ret = hash;
    return true;
}

static size_t walk(struct vm_frame *frames, size_t max)
{
    const machine_table *thread = machine_thread();
    struct machine_frame found[FRAMES_MAX];
    uint64_t life, hash;
    size_t count, kept = 0;

    if (!thread)
        return 0;
    life = identifies ? hotspot_life(&layout) : 0;
    count = machine_stack(found, max < FRAMES_MAX ? max : FRAMES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!name(thread, found[i].method, life, &hash))
            continue;
        frames[kept].key = hash_mix(hash, (uint64_t)found[i].location);
        frames[kept].code = found[i].method;
        frames[kept++].position = (uintptr_t)found[i].location;
    }
    return kept;
}

/* The file as a path below its package, which tells own code from libraries and finds it below a folder of sources. */
static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    const machine_table *thread = machine_thread();
    struct machine_method method;
    const char *base;

    if (!thread || !machine_describe(thread, frame->code, (int64_t)frame->position, &method))
        return;
    base = strrchr(method.type, '/');
    ret->line = method.line;
    snprintf(ret->file, sizeof ret->file, "%.*s%.*s", base ? (int)(base - method.type) + 1 : 0, method.type, 255,
             method.source[0] ? method.source : "<generated>");
    for (char *c = method.type; *c; c++)
        *c = *c == '/' ? '.' : *c;
    snprintf(ret->function, sizeof ret->function, "%.*s.%.*s", 255, method.type, 255, method.name);
}

const struct language_walker hotspot_walker = {
    .name = "hotspot",
    .language = WALKER_JAVA,
    .present = present,
    .start = start,
    .walk = walk,
    .identify = identify,
    .describe = describe,
};
