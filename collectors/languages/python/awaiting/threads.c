/* Facts and their source: thread states are a list in both directions, PyThreadState of Include/cpython/pystate.h (CPython's
 * repository, at the tags v3.8.0 to v3.14.0): prev, next, interp; new ones come to its front. Somewhere in a state stand context,
 * and context_ver behind it, which grows whenever one is entered or left (Python/context.c); whether that was done by Context.run
 * says ctx_entered (Include/internal/pycore_context.h). */
#include "collectors/languages/python/awaiting/threads.h"

#include <string.h>
#include <sys/uio.h>

#include "agent/base/system.h"
#include "collectors/languages/python/interpreters.h"

#define THREAD_PREVIOUS 0
#define CODE_SIZE       128 /* bytes of a code object in which what is read of it stands */
#define THREADS_MAX     64  /* looked at, in each direction */
#define FRAMES_MAX      16  /* the innermost ones: a lock's, the future's own, and those that hand a call on */
#define READS_MAX       8   /* of the frames of one that goes on meanwhile */
#define LOCALS_MAX      48
#define CELLS_MAX       8 /* these stand behind a function's other variables */

#define CONTEXT_ENTERED 40
#define LOOKS_MAX       1000

static _Atomic uint32_t context_at, looks; /* context_at: 0: not known */

/* Where a state has its context: found by the first thread that is in one. */
static COLD uint32_t find_context(const char *state)
{
    struct others_pages pages = {.count = 0};

    if (atomic_fetch_add_explicit(&looks, 1, memory_order_relaxed) >= LOOKS_MAX)
        return 0;
    for (uint32_t at = PYTHON_THREAD_INTERPRETER + 8; at < PYTHON_THREAD_STATE_SIZE; at += 8) {
        if (others_kind_of(&pages, python_pointer(state, at)) != OTHERS_CONTEXT)
            continue;
        atomic_store_explicit(&context_at, at, memory_order_relaxed);
        return at;
    }
    return 0;
}

struct threads_call threads_call(const struct python_layout *layout)
{
    const char *state = python_thread_state(layout), *context;
    uint32_t at = atomic_load_explicit(&context_at, memory_order_relaxed);

    if (!at && state && atomic_load_explicit(&looks, memory_order_relaxed) < LOOKS_MAX)
        at = find_context(state);
    context = at && state ? python_pointer(state, at) : NULL;
    if (!context || python_int(context, CONTEXT_ENTERED) == 0)
        return (struct threads_call){0};
    return (struct threads_call){(uintptr_t)context, python_word(state, at + 8)};
}

static bool copy(void *to, const char *from, size_t size)
{
    const struct iovec ours = {to, size}, theirs = {(void *)(uintptr_t)from, size};

    return system_call(SYS_process_vm_readv, system_call(SYS_getpid, 0, 0, 0, 0, 0), (long)(uintptr_t)&ours, 1,
                       (long)(uintptr_t)&theirs, 1) == (long)size;
}

static const char *copy_pointer(const char *from)
{
    const char *pointer;

    return from && copy(&pointer, from, sizeof pointer) ? pointer : NULL;
}

bool threads_frame(struct others_pages *pages, const struct python_layout *layout, const char *at, struct threads_frame *ret)
{
    if (!at || layout->frame_locals > THREADS_FRAME_HEAD || !copy(ret->head, at, layout->frame_locals))
        return false;
    ret->previous = python_pointer(ret->head, layout->frame_previous);
    ret->code = NULL;
    if (layout->frame_owner && ret->head[layout->frame_owner] >= PYTHON_OWNER_C_STACK)
        return true;
    ret->code = python_frame_code(layout, ret->head);
    if (!others_may_be_read(pages, ret->code, CODE_SIZE) ||
        python_pointer(ret->code, PYTHON_OBJECT_TYPE) != (const char *)layout->code_type)
        ret->code = NULL;
    return true;
}

const char *threads_variable(const struct python_layout *layout, const char *at)
{
    return others_untagged(copy_pointer(at + layout->frame_locals));
}

/* In a variable, or in one that functions inside of it share. */
static bool has(struct others_pages *pages, const struct python_layout *layout, const char *at, const char *code,
                const char *object)
{
    uint32_t count = (uint32_t)python_int(code, layout->code_locals) + CELLS_MAX;
    const char *values[LOCALS_MAX];

    count = count < LOCALS_MAX ? count : LOCALS_MAX;
    if (!copy(values, at + layout->frame_locals, count * sizeof *values))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        const char *value = others_untagged(values[i]);
        if (value == object || (others_kind_of(pages, value) == OTHERS_CELL && copy_pointer(value + OTHERS_HEAD) == object))
            return true;
    }
    return false;
}

static const char *innermost(const struct python_layout *layout, const char *thread)
{
    const char *at = copy_pointer(thread + layout->thread_frame);

    return layout->indirect && at ? copy_pointer(at + layout->indirect_frame) : at;
}

/* Outside of the outermost of a thread's innermost frames that has the object. */
static const char *outside(struct others_pages *pages, const struct python_layout *layout, const char *at, const char *object)
{
    const char *found = NULL;
    struct threads_frame frame;

    for (int i = 0; i < FRAMES_MAX && threads_frame(pages, layout, at, &frame); i++) {
        if (frame.code && has(pages, layout, at, frame.code, object))
            found = frame.previous;
        at = frame.previous;
    }
    return found;
}

/* Whether a thread is still where it was when its innermost frame was read. */
static bool is_still(struct others_pages *pages, const struct python_layout *layout, const char *thread, const char *at,
                     const struct threads_frame *before)
{
    struct threads_frame now;

    return at == innermost(layout, thread) && threads_frame(pages, layout, at, &now) &&
           memcmp(before->head, now.head, layout->frame_locals) == 0;
}

/* A thread that goes on while its frames are read may hand the object from one to another behind our back, or make others where
 * those stood that we go by: then they are read once more. On the way from a call to its wait it is for some microseconds. */
static const char *asking(struct others_pages *pages, const struct python_layout *layout, const char *thread, const char *object)
{
    const char *found = NULL, *last;
    struct threads_frame before;

    for (int i = 0; i < READS_MAX; i++) {
        const char *at = innermost(layout, thread);
        if (!at) /* it runs nothing of Python's */
            return NULL;
        last = found;
        found = NULL;
        if (!threads_frame(pages, layout, at, &before))
            continue;
        found = outside(pages, layout, at, object);
        if ((found && found == last) || is_still(pages, layout, thread, at, &before))
            return found;
    }
    return NULL;
}

const char *threads_asking(struct others_pages *pages, const struct python_layout *layout, const char *future)
{
    const uint32_t ways[] = {PYTHON_THREAD_NEXT, THREAD_PREVIOUS};
    const char *own = python_thread_state(layout), *found = NULL;

    for (size_t way = 0; way < ARRAY_LENGTH(ways) && own; way++) {
        const char *thread = copy_pointer(own + ways[way]);
        for (int i = 0; i < THREADS_MAX && thread && !found; i++) {
            found = asking(pages, layout, thread, future);
            thread = copy_pointer(thread + ways[way]);
        }
    }
    return found;
}
