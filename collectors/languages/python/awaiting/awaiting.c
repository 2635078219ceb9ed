/* Facts and their sources (paths are those of CPython's repository, at the tags v3.8.0 to v3.14.0; LP64):
 *
 * A task is a future (Modules/_asynciomodule.c), and somewhere behind that has its coroutine (task_coro): it is looked for by its
 * type.
 *
 * Coroutines, generators and asynchronous generators begin alike, _PyGenObject_HEAD of Include/genobject.h, later
 * Include/cpython/genobject.h and Include/internal/pycore_interpframe_structs.h: until 3.10 with a pointer to the frame object;
 * from 3.11 on the frame is a part of them, the last one, so that their types' tp_basicsize ends where its values begin. What a
 * suspended one awaits is the uppermost value of its frame's stack (_PyGen_yf, Objects/genobject.c): until 3.9 f_stacktop points
 * behind it, in 3.10 f_stackdepth counts from f_valuestack, in 3.11 to 3.13 stacktop from the first variable, and 3.14 has
 * stackpointer again. In between stand objects that only hand on, with what they hand on to as their first word:
 * coroutine_wrapper (PyCoroWrapper), the awaitables of asynchronous generators, anext_awaitable. */
#include "collectors/languages/python/awaiting/awaiting.h"

#include <errno.h>

#include "collectors/languages/python/awaiting/installed.h"
#include "collectors/languages/python/awaiting/threads.h"
#include "collectors/languages/python/awaiting/waiters.h"

#define FILE_MAX   512
#define TASK_WORDS 40
#define LOCALS_MAX 16

#define CODE_FLAGS_310    36 /* co_flags, until 3.10 */
#define CODE_FLAGS        48
#define CODE_IS_COROUTINE 0x380 /* CO_COROUTINE, CO_ITERABLE_COROUTINE, CO_ASYNC_GENERATOR: Include/cpython/code.h */

#define FRAME_VALUES_39 64 /* f_valuestack, until 3.10 */
#define FRAME_TOP_39    72
#define FRAME_DEPTH_310 80
#define FRAME_TOP       64 /* from 3.11 on */

/* Where things were found the last time: there they are looked for first. */
static _Atomic uint32_t known_future, known_work, known_call, known_in_task;

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), most = strlen(end);

    return length >= most && strcmp(text + length - most, end) == 0;
}

static void file_of(const struct python_layout *layout, const char *code, char *ret, size_t size)
{
    python_text(layout, python_pointer(code, layout->code_filename), ret, size);
}

enum python_awaited python_awaited_in(const struct python_layout *layout, const char *code)
{
    char file[FILE_MAX];

    file_of(layout, code, file, sizeof file);
    if (ends_with(file, "/aiosqlite/core.py") || ends_with(file, "/anyio/_backends/_asyncio.py"))
        return PYTHON_AWAITED_LOOP;
    if (ends_with(file, "/asyncio/events.py"))
        return PYTHON_AWAITED_TASK;
    if (ends_with(file, "/anyio/from_thread.py"))
        return PYTHON_AWAITED_CALL;
    return ends_with(file, "/concurrent/futures/thread.py") || ends_with(file, "/asgiref/current_thread_executor.py")
               ? PYTHON_AWAITED_WORK
               : PYTHON_AWAITED_NOT;
}

bool python_is_package(const struct python_layout *layout, const char *code)
{
    char file[FILE_MAX];

    file_of(layout, code, file, sizeof file);
    return python_installed(file);
}

/* Of the calling thread's frame a variable. */
static const char *local_of(struct others_pages *pages, const struct python_layout *layout, const char *frame, const char *code,
                            enum others_kind kind, _Atomic uint32_t *known)
{
    uint32_t locals = (uint32_t)python_int(code, layout->code_locals);

    return others_find(pages, frame + layout->frame_locals, locals < LOCALS_MAX ? locals : LOCALS_MAX, kind, known);
}

/* The frame's first variable: self. */
static const char *handle_of(const struct python_layout *layout, const char *frame)
{
    return others_untagged(python_pointer(frame, layout->frame_locals));
}

bool python_awaits_nobody(const struct python_layout *layout, const char *frame)
{
    return !layout->frame_locals || waiters_none_of_handle(layout, handle_of(layout, frame));
}

/* Of a pool's thread the call that it is at. */
static const char *work_of(struct others_pages *pages, const struct python_layout *layout, const char *frame, const char *code)
{
    return local_of(pages, layout, frame, code, OTHERS_WORK, &known_work);
}

/* The task that waits for what the frame's thread does. */
static const char *task_of(struct others_pages *pages, const struct python_layout *layout, const char *frame, const char *code,
                           enum python_awaited awaited)
{
    struct others_pages own = {.is_own = true};
    const char *work, *future, *task;

    if (awaited == PYTHON_AWAITED_TASK) {
        task = waiters_task_of_handle(&own, handle_of(layout, frame));
        return task ? waiters_task_of_task(pages, layout, task) : NULL;
    }
    if (awaited == PYTHON_AWAITED_LOOP) {
        future = local_of(pages, layout, frame, code, OTHERS_FUTURE, &known_future);
    } else {
        work = work_of(pages, layout, frame, code);
        future = work ? waiters_future_of_work(pages, layout, work) : NULL;
    }
    return future ? waiters_task(pages, layout, future) : NULL;
}

static const char *coroutine_of(struct others_pages *pages, const char *task)
{
    return others_may_be_read(pages, task, TASK_WORDS * 8)
               ? others_find(pages, task, TASK_WORDS, OTHERS_SUSPENDED, &known_in_task)
               : NULL;
}

static bool is_coroutine(const struct python_layout *layout, const char *code)
{
    return (python_int(code, layout->minor < 11 ? CODE_FLAGS_310 : CODE_FLAGS) & CODE_IS_COROUTINE) != 0;
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
static const char *frame_of(struct others_pages *pages, const struct python_layout *layout, const char *coroutine)
{
    const char *type = python_pointer(coroutine, PYTHON_OBJECT_TYPE), *frame, *code;

    frame = layout->minor < 11 ? python_pointer(coroutine, OTHERS_HEAD)
                               : coroutine + python_word(type, OTHERS_TYPE_BASIC_SIZE) - layout->frame_locals;
    if (!others_may_be_read(pages, frame, layout->frame_locals))
        return NULL;
    code = python_frame_code(layout, frame);
    if (!others_may_be_read(pages, code, size_of_code(layout)) ||
        python_pointer(code, PYTHON_OBJECT_TYPE) != (const char *)layout->code_type)
        return NULL;
    return frame;
}

/* What the frame's function awaits; NULL: nothing. */
static const char *awaited_by(struct others_pages *pages, const struct python_layout *layout, const char *frame)
{
    const char *top;

    if (layout->minor < 10 || layout->minor >= 14)
        top = python_pointer(frame, layout->minor < 10 ? FRAME_TOP_39 : FRAME_TOP);
    else if (layout->minor == 10)
        top = python_pointer(frame, FRAME_VALUES_39) + 8 * (int64_t)python_int(frame, FRAME_DEPTH_310);
    else
        top = frame + layout->frame_locals + 8 * (int64_t)python_int(frame, FRAME_TOP);
    if (!top || !others_may_be_read(pages, top - 8, 8))
        return NULL;
    return others_untagged(python_pointer(top - 8, 0));
}

/* Of the coroutines that a task is suspended in, from the outermost inwards. More than there is room for: none. */
static size_t collect(struct others_pages *pages, const struct python_layout *layout, const char *object, const char **ret,
                      size_t max)
{
    size_t count = 0;

    for (unsigned steps = 0; object && steps < 2 * AWAITING_MAX; steps++) {
        enum others_kind kind = others_kind_of(pages, object);
        if (kind == OTHERS_HANDS_ON) {
            object = python_pointer(object, OTHERS_HEAD);
            continue;
        }
        if (kind != OTHERS_SUSPENDED)
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

static bool is_call(const struct python_layout *layout, const char *frame)
{
    return python_awaited(layout, python_frame_code(layout, frame)) == PYTHON_AWAITED_CALL;
}

/* So many of the coroutines up to one that does what another thread has called: those outside of it say nothing. */
static size_t up_to_call(const struct python_layout *layout, const char **frames, size_t count)
{
    size_t i = 0;

    while (i + 1 < count && !is_call(layout, frames[i]))
        i++;
    return i + 1;
}

/* Whoever has a pool begin a thread for a call waits for that thread, not for the call yet: then its coroutines are at work.
 * *task: whose they are, NULL when it cannot be told. */
static size_t collect_calling(struct others_pages *pages, const struct python_layout *layout, const char *work, const char **ret,
                              const char **task)
{
    const char *future = work ? waiters_pools_future(pages, layout, work) : NULL,
               *at = future ? threads_asking(pages, layout, future) : NULL;
    struct threads_frame frame = {.code = NULL};
    size_t count = 0;

    for (int i = 0; i < AWAITING_MAX && threads_frame(pages, layout, at, &frame); i++) {
        if (frame.code && is_coroutine(layout, frame.code))
            ret[count++] = at;
        else if (frame.code && count > 0)
            break;
        at = frame.previous;
    }
    *task = count > 0 && frame.code && python_awaited(layout, frame.code) == PYTHON_AWAITED_TASK
                ? waiters_task_of_handle(pages, threads_variable(layout, at))
                : NULL;
    return count;
}

/* Where a task is awaited by another one, its coroutines follow. */
size_t python_awaiting_frames(const struct python_layout *layout, const char *frame, const char *code,
                              enum python_awaited awaited, const char *ret[AWAITING_MAX])
{
    int saved_errno = errno;
    struct others_pages pages = {.count = 0};
    const char *task = layout->frame_locals ? task_of(&pages, layout, frame, code, awaited) : NULL;
    size_t count = 0;

    if (!task && layout->frame_locals && awaited == PYTHON_AWAITED_WORK) {
        count = collect_calling(&pages, layout, work_of(&pages, layout, frame, code), ret, &task);
        count = count ? up_to_call(layout, ret, count) : 0;
        task = task && !is_call(layout, ret[count - 1]) ? waiters_task(&pages, layout, task) : NULL;
    }
    while (task && count < AWAITING_MAX) {
        size_t more = collect(&pages, layout, coroutine_of(&pages, task), ret + count, AWAITING_MAX - count);
        if (more == 0)
            break;
        turn_round(ret + count, more);
        more = up_to_call(layout, ret + count, more);
        count += more;
        if (is_call(layout, ret[count - 1]))
            break;
        task = awaited == PYTHON_AWAITED_TASK ? waiters_task_of_task(&pages, layout, task) : waiters_task(&pages, layout, task);
    }
    errno = saved_errno;
    return count;
}

const char *python_awaiting_caller(const struct python_layout *layout, const char *frame, const char *code)
{
    int saved_errno = errno;
    struct others_pages pages = {.count = 0};
    const char *future = layout->frame_locals ? local_of(&pages, layout, frame, code, OTHERS_POOLS_FUTURE, &known_call) : NULL,
               *caller = future ? threads_asking(&pages, layout, future) : NULL;

    errno = saved_errno;
    return caller;
}
