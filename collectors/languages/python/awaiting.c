/* Facts and their sources (paths are those of CPython's repository, at the tags v3.8.0 to v3.14.0; LP64):
 *
 * A future begins with its loop and what is called when it is done, FutureObj_HEAD of Modules/_asynciomodule.c. A task's wakeup
 * is an object whose first or second word behind its head is the task: TaskWakeupMethWrapper, or a PyCFunctionObject (m_ml,
 * m_self). A task is a future, and somewhere behind that has its coroutine (task_coro): it is looked for by its type.
 *
 * Coroutines, generators and asynchronous generators begin alike, _PyGenObject_HEAD of Include/genobject.h, later
 * Include/cpython/genobject.h and Include/internal/pycore_interpframe_structs.h: until 3.10 with a pointer to the frame object;
 * from 3.11 on the frame is a part of them, the last one, so that their types' tp_basicsize ends where its values begin. What a
 * suspended one awaits is the uppermost value of its frame's stack (_PyGen_yf, Objects/genobject.c): until 3.9 f_stacktop points
 * behind it, in 3.10 f_stackdepth counts from f_valuestack, in 3.11 to 3.13 stacktop from the first variable, and 3.14 has
 * stackpointer again. In between stand objects that only hand on, with what they hand on to as their first word:
 * coroutine_wrapper (PyCoroWrapper), the awaitables of asynchronous generators, anext_awaitable. */
#include "collectors/languages/python/awaiting.h"

#include <errno.h>
#include <stdatomic.h>

#include "agent/base/readable.h"

/* PyTypeObject, Include/cpython/object.h */
#define TYPE_NAME       24
#define TYPE_BASIC_SIZE 32
#define TYPE_BASE       256

#define FIRST        16 /* in an object, behind its head */
#define FUTURE_CALLS 24 /* in a future: fut_callback0 */
#define TASK_WORDS   40
#define LOCALS_MAX   16
#define PAGE         ((uintptr_t)4096)
#define PAGES        32 /* remembered at once */
#define NAME_SIZE    24 /* bytes of a type's name that are looked at */
#define DERIVED_MAX  4  /* steps from a type to the one that it is derived from */

#define FRAME_VALUES_39 64 /* f_valuestack, until 3.10 */
#define FRAME_TOP_39    72
#define FRAME_DEPTH_310 80
#define FRAME_TOP       64 /* from 3.11 on */

static const char loop_file[] = "/aiosqlite/core.py";

enum kind { OTHER, FUTURE, TASK, SUSPENDED, HANDS_ON };

static const struct {
    char name[NAME_SIZE];
    enum kind kind;
} types[] = {
    {"coroutine", SUSPENDED},
    {"_asyncio.Future", FUTURE},
    {"_asyncio.Task", TASK},
    {"coroutine_wrapper", HANDS_ON},
    {"generator", SUSPENDED},
    {"async_generator", SUSPENDED},
    {"async_generator_asend", HANDS_ON},
    {"async_generator_athrow", HANDS_ON},
    {"anext_awaitable", HANDS_ON},
};

/* Where those are, once they were met: they live as long as the interpreter, or as the module that has the futures. */
static _Atomic(const char *) met[ARRAY_LENGTH(types)];

/* Where things were found the last time, in bytes or by number: there they are looked for first. */
static _Atomic uint32_t known_local, known_in_call, known_in_task;

/* Pages that can be read, as the kernel has said during this question: most objects share a few. */
struct pages {
    uintptr_t page[PAGES];
    unsigned count;
};

static inline const char *untagged(const char *value)
{
    return (const char *)((uintptr_t)value & ~(uintptr_t)3);
}

static bool page_may_be_read(struct pages *pages, uintptr_t page)
{
    for (unsigned i = 0; i < pages->count; i++) {
        if (pages->page[i] == page)
            return true;
    }
    if (!readable_word((const void *)page))
        return false;
    if (pages->count < PAGES)
        pages->page[pages->count++] = page;
    return true;
}

static bool may_be_read(struct pages *pages, const char *at, size_t size)
{
    uintptr_t first = (uintptr_t)at & ~(PAGE - 1), last = ((uintptr_t)at + size - 1) & ~(PAGE - 1);

    return at && (uintptr_t)at % 8 == 0 && page_may_be_read(pages, first) && (last == first || page_may_be_read(pages, last));
}

static enum kind kind_of_name(const char *name, size_t *ret_type)
{
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
        if (strncmp(name, types[i].name, NAME_SIZE) == 0) {
            *ret_type = i;
            return types[i].kind;
        }
    }
    return OTHER;
}

/* By its name, or by that of a type that it is derived from. */
static COLD enum kind kind_by_name(struct pages *pages, const char *type)
{
    for (int derived = 0; derived < DERIVED_MAX && may_be_read(pages, type, TYPE_BASE + 8); derived++) {
        const char *name = python_pointer(type, TYPE_NAME);
        enum kind kind = OTHER;
        size_t which = 0;
        if (readable_bytes(name, NAME_SIZE))
            kind = kind_of_name(name, &which);
        if (kind != OTHER && derived == 0)
            atomic_store_explicit(&met[which], type, memory_order_relaxed);
        if (kind != OTHER)
            return kind;
        type = python_pointer(type, TYPE_BASE);
    }
    return OTHER;
}

static enum kind kind_of(struct pages *pages, const char *object)
{
    const char *type;

    if (!may_be_read(pages, object, FIRST + 8))
        return OTHER;
    type = python_pointer(object, PYTHON_OBJECT_TYPE);
    for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
        if (atomic_load_explicit(&met[i], memory_order_relaxed) == type)
            return types[i].kind;
    }
    return kind_by_name(pages, type);
}

/* The first object of a kind among words, which can be read; NULL: there is none. *known: which of them it was the last time. */
static const char *find(struct pages *pages, const char *words, uint32_t count, enum kind kind, _Atomic uint32_t *known)
{
    uint32_t last = atomic_load_explicit(known, memory_order_relaxed);

    if (last < count && kind_of(pages, untagged(python_pointer(words, last * 8))) == kind)
        return untagged(python_pointer(words, last * 8));
    for (uint32_t i = 0; i < count; i++) {
        const char *object = untagged(python_pointer(words, i * 8));
        if (kind_of(pages, object) != kind)
            continue;
        atomic_store_explicit(known, i, memory_order_relaxed);
        return object;
    }
    return NULL;
}

static bool is_loop(const struct python_layout *layout, const char *code)
{
    char file[512];
    size_t length;

    python_text(layout, python_pointer(code, layout->code_filename), file, sizeof file);
    length = strlen(file);
    return length >= sizeof loop_file - 1 && strcmp(file + length - (sizeof loop_file - 1), loop_file) == 0;
}

/* Of the calling thread's frame the variable that is a future. */
static const char *future_of(struct pages *pages, const struct python_layout *layout, const char *frame, const char *code)
{
    uint32_t locals = (uint32_t)python_int(code, layout->code_locals);

    return find(pages, frame + layout->frame_locals, locals < LOCALS_MAX ? locals : LOCALS_MAX, FUTURE, &known_local);
}

/* The task that is woken up when a future is done; NULL: something else is called then. */
static const char *task_of(struct pages *pages, const char *future)
{
    const char *call = may_be_read(pages, future, FUTURE_CALLS + 8) ? python_pointer(future, FUTURE_CALLS) : NULL;

    return may_be_read(pages, call, FIRST + 16) ? find(pages, call + FIRST, 2, TASK, &known_in_call) : NULL;
}

static const char *coroutine_of(struct pages *pages, const char *task)
{
    return may_be_read(pages, task, TASK_WORDS * 8) ? find(pages, task, TASK_WORDS, SUSPENDED, &known_in_task) : NULL;
}

/* Bytes of a code object in which what is read of it stands. */
static size_t size_of_code(const struct python_layout *layout)
{
    const uint32_t fields[] = {layout->code_name, layout->code_filename, layout->code_first_line, layout->code_line_table};
    size_t size = 0;

    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++)
        size = fields[i] + sizeof(void *) > size ? fields[i] + sizeof(void *) : size;
    return size;
}

/* NULL: it is over, or not what it seems. */
static const char *frame_of(struct pages *pages, const struct python_layout *layout, const char *coroutine)
{
    const char *type = python_pointer(coroutine, PYTHON_OBJECT_TYPE), *frame, *code;

    frame = layout->minor < 11 ? python_pointer(coroutine, FIRST)
                               : coroutine + python_word(type, TYPE_BASIC_SIZE) - layout->frame_locals;
    if (!may_be_read(pages, frame, layout->frame_locals))
        return NULL;
    code = python_frame_code(layout, frame);
    if (!may_be_read(pages, code, size_of_code(layout)) ||
        python_pointer(code, PYTHON_OBJECT_TYPE) != (const char *)layout->code_type)
        return NULL;
    return frame;
}

/* What the frame's function awaits; NULL: nothing. */
static const char *awaited_by(struct pages *pages, const struct python_layout *layout, const char *frame)
{
    const char *top;

    if (layout->minor < 10 || layout->minor >= 14)
        top = python_pointer(frame, layout->minor < 10 ? FRAME_TOP_39 : FRAME_TOP);
    else if (layout->minor == 10)
        top = python_pointer(frame, FRAME_VALUES_39) + 8 * (int64_t)python_int(frame, FRAME_DEPTH_310);
    else
        top = frame + layout->frame_locals + 8 * (int64_t)python_int(frame, FRAME_TOP);
    if (!top || !may_be_read(pages, top - 8, 8))
        return NULL;
    return untagged(python_pointer(top - 8, 0));
}

/* Of the coroutines that a task is suspended in, from the outermost inwards. More than there is room for: none. */
static size_t collect(struct pages *pages, const struct python_layout *layout, const char *object, const char **ret, size_t max)
{
    size_t count = 0;

    for (unsigned steps = 0; object && steps < 2 * AWAITING_MAX; steps++) {
        enum kind kind = kind_of(pages, object);
        if (kind == HANDS_ON) {
            object = python_pointer(object, FIRST);
            continue;
        }
        if (kind != SUSPENDED)
            return count;
        if (count == max || !(ret[count] = frame_of(pages, layout, object)))
            return 0;
        object = awaited_by(pages, layout, ret[count++]);
    }
    return object ? 0 : count;
}

static void turn_round(const char **frames, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        const char *frame = frames[i];
        frames[i] = frames[count - 1 - i];
        frames[count - 1 - i] = frame;
    }
}

/* Where a task is awaited by another one, its coroutines follow. */
size_t python_awaiting_frames(const struct python_layout *layout, const char *frame, const char *code,
                              const char *ret[AWAITING_MAX])
{
    int saved_errno = errno;
    struct pages pages = {.count = 0};
    const char *future = layout->frame_locals && is_loop(layout, code) ? future_of(&pages, layout, frame, code) : NULL,
               *task = future ? task_of(&pages, future) : NULL;
    size_t count = 0;

    while (task && count < AWAITING_MAX) {
        size_t more = collect(&pages, layout, coroutine_of(&pages, task), ret + count, AWAITING_MAX - count);
        if (more == 0)
            break;
        turn_round(ret + count, more);
        count += more;
        task = task_of(&pages, task);
    }
    errno = saved_errno;
    return count;
}
