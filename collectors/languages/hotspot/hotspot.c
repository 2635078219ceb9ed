#include "collectors/languages/hotspot/hotspot.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "collectors/languages/hotspot/chain.h"
#include "collectors/languages/hotspot/layout.h"
#include "collectors/languages/hotspot/places.h"
#include "collectors/languages/hotspot/vm.h"

#define CHUNK    512 /* frames that are asked for at a time: 8 KiB of the thread's stack */
#define TEST_MAX 16
#define LINE_MAX (1 << 24)

static const char unknown_machine[] = "Java frames: this HotSpot is not known";
static const char test_failed[] = "Java frames: the test at the start failed";

/* Drivers, pools and what they call, down to the socket: which of it is on the stack changes while a program runs (statements are
 * prepared at the fifth execution, buffers are sent at other times). */
static const char *const clients[] = {
    "org/postgresql/", "com/impossibl/postgres/",
    "org/sqlite/",     "com/zaxxer/hikari/",
    "com/mchange/v2/", "org/apache/commons/dbcp",
    "sun/nio/ch/",     "sun/security/ssl/",
    "java/net/",       "java/io/",
    "java/nio/",       "java/util/concurrent/locks/",
    "jdk/internal/",   NULL,
};

/* Does what the machine says of the calling thread make sense? */
static COLD bool self_test(void)
{
    struct hotspot_frame frames[TEST_MAX];
    struct hotspot_method method;
    size_t count = hotspot_frames(0, frames, TEST_MAX);

    for (size_t i = 0; i < count; i++) {
        if (!hotspot_describe(&frames[i], &method) || method.class_name[0] != 'L' || !strchr(method.class_name, ';') ||
            !method.name[0] || method.line > LINE_MAX)
            return false;
    }
    return true;
}

static struct hotspot_layout layout; /* written by one thread, before the walker is in use */
static bool identifies;              /* layout is there */

static bool start(const char **why)
{
    *why = unknown_machine;
    if (!hotspot_start())
        return false;
    *why = test_failed;
    if (!self_test())
        return false;
    identifies = hotspot_layout_find(hotspot_thread(), &layout) && hotspot_chain_test(&layout, hotspot_thread());
    return true;
}

static HOT bool identify(uint64_t *ret)
{
    int saved_errno = errno;
    const void *environment = identifies ? hotspot_in_native() : NULL;
    bool known = environment && hotspot_identify(&layout, environment, ret);

    errno = saved_errno;
    return known;
}

/* A stack ends where a task of the program's begins. One that has none of its lines (rows.parallelStream().map(repository::find))
 * goes on to who waits for it. */
static size_t walk(struct vm_frame *frames, size_t max)
{
    struct hotspot_frame found[CHUNK];
    size_t count = 0, first = 0, got;
    bool is_told = false;

    if (unlikely(!hotspot_in_native()))
        return 0;
    do {
        size_t wanted = max - count < CHUNK ? max - count : CHUNK;
        got = hotspot_frames(first, found, wanted);
        for (size_t i = 0; i < got && count < max; i++) {
            const struct hotspot_place *place = hotspot_place(&found[i]);
            if (unlikely(!place))
                return 0;
            if (place->hidden)
                continue;
            frames[count].key = place->key;
            frames[count].code = (uintptr_t)place;
            frames[count++].position = place->line;
            is_told = is_told || place->is_program;
            if (unlikely(place->runs_task) && is_told)
                return count;
        }
        first += got;
        if (got < wanted)
            break;
    } while (count < max);
    return count;
}

static uint64_t task(void)
{
    int saved_errno = errno;
    uint64_t number = hotspot_virtual_thread();

    errno = saved_errno;
    return number;
}

static void copy(const char *text, char *ret)
{
    size_t length = strnlen(text, VM_TEXT - 1);

    memcpy(ret, text, length);
    ret[length] = '\0';
}

static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    const struct hotspot_place *place = (const struct hotspot_place *)frame->code;

    copy(place->function, ret->function);
    copy(place->file, ret->file);
    ret->line = place->line;
    ret->function_key = place->method; /* others have its name, with other parameters */
}

const struct language_walker hotspot_walker = {
    .name = "hotspot",
    .language = WALKER_JAVA,
    .clients = clients,
    .present = hotspot_present,
    .start = start,
    .walk = walk,
    .identify = identify,
    .task = task,
    .describe = describe,
};
