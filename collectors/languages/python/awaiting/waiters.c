/* Facts and their sources (paths are those of CPython's repository, at the tags v3.8.0 to v3.14.0; LP64):
 *
 * A future of asyncio begins with its loop and what is called when it is done, FutureObj_HEAD of Modules/_asynciomodule.c:
 * fut_callback0, its context, fut_callbacks, a list of pairs. A task's wakeup is an object whose first or second word behind its
 * head is the task: TaskWakeupMethWrapper, or a PyCFunctionObject (m_ml, m_self). What passes the end of one future on to another
 * is a function that has the other one in its closure: asyncio.shield and gather (Lib/asyncio/tasks.py); and _chain_future
 * (Lib/asyncio/futures.py) from the future of a pool, which is an object of Python's (Lib/concurrent/futures/_base.py). So is
 * what asyncio.wait calls; until 3.11 wait_for gives its future to functools.partial (partialobject of
 * Modules/_functoolsmodule.c: fn, args). A TaskGroup (Lib/asyncio/taskgroups.py) is told by a method of its own (PyMethodObject,
 * Include/cpython/classobject.h: im_func, im_self), and has the task that is in it among its attributes. What the loop calls is
 * in an object with __slots__ (Handle, Lib/asyncio/events.py), words behind its head: a task's step (TaskStepMethWrapper: the
 * task) or its wakeup. */
#include "collectors/languages/python/awaiting/waiters.h"

#define FUTURE_CALL        24 /* fut_callback0 */
#define FUTURE_CALLS       40 /* fut_callbacks */
#define CALLS_MAX          4  /* looked at */
#define PASSED_ON_MAX      3
#define LIST_SIZE          16
#define LIST_ITEMS         24
#define CLOSURE            72 /* of a function; until 3.9: */
#define CLOSURE_39         48
#define CELLS_MAX          8
#define FUTURES_ATTRIBUTES 6 /* that are looked at */
#define HANDLE_WORDS       8
#define ARGUMENTS_MAX      2

static _Atomic uint32_t known_in_call, known_in_work, known_in_group, handles_call; /* 0: not known */

/* Since 3.14 a tuple has its hash before its items (Include/cpython/tupleobject.h). */
static inline uint32_t tuple_items(const struct python_layout *layout)
{
    return layout->minor < 14 ? 24 : 32;
}

/* The item of a list; NULL: there is none. */
static const char *list_item(struct others_pages *pages, const char *list, uint32_t i)
{
    const char *items;

    if (others_kind_of(pages, list) != OTHERS_LIST || !others_may_be_read(pages, list, LIST_ITEMS + 8) ||
        python_word(list, LIST_SIZE) <= i)
        return NULL;
    items = python_pointer(list, LIST_ITEMS) + 8 * (size_t)i;
    return others_may_be_read(pages, items, 8) ? python_pointer(items, 0) : NULL;
}

/* What is called when a future is done, by number; NULL: there are no more. */
static const char *call_of(struct others_pages *pages, const struct python_layout *layout, const char *future, uint32_t i)
{
    const char *pair;

    if (!others_may_be_read(pages, future, FUTURE_CALLS + 8))
        return NULL;
    if (i == 0)
        return python_pointer(future, FUTURE_CALL);
    pair = list_item(pages, python_pointer(future, FUTURE_CALLS), i - 1);
    return others_may_be_read(pages, pair, tuple_items(layout) + 8) ? python_pointer(pair, tuple_items(layout)) : NULL;
}

/* A future of asyncio in a function's closure, but for one; NULL: there is none. */
static const char *future_in(struct others_pages *pages, const struct python_layout *layout, const char *function,
                             const char *but)
{
    uint32_t at = layout->minor < 10 ? CLOSURE_39 : CLOSURE;
    const char *closure;
    uint64_t cells;

    if (others_kind_of(pages, function) != OTHERS_FUNCTION || !others_may_be_read(pages, function, at + 8))
        return NULL;
    closure = python_pointer(function, at);
    if (!others_may_be_read(pages, closure, tuple_items(layout) + 8 * CELLS_MAX))
        return NULL;
    cells = python_word(closure, PYTHON_VAR_SIZE);
    for (uint32_t i = 0; i < cells && i < CELLS_MAX; i++) {
        const char *cell = python_pointer(closure, tuple_items(layout) + 8 * i), *content;
        if (others_kind_of(pages, cell) != OTHERS_CELL)
            continue;
        content = python_pointer(cell, OTHERS_HEAD);
        if (content != but && others_kind_of(pages, content) == OTHERS_FUTURE)
            return content;
    }
    return NULL;
}

static const char *task_woken(struct others_pages *pages, const struct python_layout *layout, const char *future)
{
    const char *call, *task = NULL;

    for (uint32_t i = 0; i <= CALLS_MAX && !task && (call = call_of(pages, layout, future, i)); i++) {
        if (others_may_be_read(pages, call, OTHERS_HEAD + 16))
            task = others_find(pages, call + OTHERS_HEAD, 2, OTHERS_TASK, &known_in_call);
    }
    return task;
}

static const char *passed_on_to(struct others_pages *pages, const struct python_layout *layout, const char *future)
{
    const char *call, *other = NULL;

    for (uint32_t i = 0; i <= CALLS_MAX && !other && (call = call_of(pages, layout, future, i)); i++)
        other = future_in(pages, layout, call, future);
    return other;
}

const char *waiters_task(struct others_pages *pages, const struct python_layout *layout, const char *future)
{
    const char *task = task_woken(pages, layout, future);

    for (int i = 0; i < PASSED_ON_MAX && !task && future; i++) {
        future = passed_on_to(pages, layout, future);
        if (future)
            task = task_woken(pages, layout, future);
    }
    return task;
}

/* A future that a function was given before it is called. */
static const char *future_given(struct others_pages *pages, const struct python_layout *layout, const char *partial)
{
    const char *arguments = others_may_be_read(pages, partial, OTHERS_HEAD + 16) ? python_pointer(partial, OTHERS_HEAD + 8)
                                                                                 : NULL;

    if (!others_may_be_read(pages, arguments, tuple_items(layout) + 8 * ARGUMENTS_MAX))
        return NULL;
    for (uint32_t i = 0; i < python_word(arguments, PYTHON_VAR_SIZE) && i < ARGUMENTS_MAX; i++) {
        const char *argument = python_pointer(arguments, tuple_items(layout) + 8 * i);
        if (others_kind_of(pages, argument) == OTHERS_FUTURE)
            return argument;
    }
    return NULL;
}

/* The task that is in a group of tasks. */
static const char *task_of_group(struct others_pages *pages, const struct python_layout *layout, const char *method)
{
    const char *group = others_may_be_read(pages, method, OTHERS_HEAD + 16) ? python_pointer(method, OTHERS_HEAD + 8) : NULL,
               *values;

    if (others_kind_of(pages, group) != OTHERS_GROUP)
        return NULL;
    values = others_attributes(pages, layout, group);
    return values ? others_find(pages, values, OTHERS_ATTRIBUTES, OTHERS_TASK, &known_in_group) : NULL;
}

const char *waiters_task_of_task(struct others_pages *pages, const struct python_layout *layout, const char *task)
{
    const char *call, *found = NULL;

    for (uint32_t i = 0; i <= CALLS_MAX && !found && (call = call_of(pages, layout, task, i)); i++) {
        enum others_kind kind = others_kind_of(pages, call);
        const char *future = kind == OTHERS_FUNCTION  ? future_in(pages, layout, call, task)
                             : kind == OTHERS_PARTIAL ? future_given(pages, layout, call)
                                                      : NULL;
        found = kind == OTHERS_METHOD ? task_of_group(pages, layout, call) : future ? waiters_task(pages, layout, future) : NULL;
    }
    return found != task ? found : NULL;
}

/* The types on the way from a handle to a function that is called when its task is done, the last time. */
static struct {
    _Atomic(const char *) handle, call, task, function;
    _Atomic uint32_t task_at;
} met;

static const char *type_of(const char *object)
{
    return python_pointer(object, PYTHON_OBJECT_TYPE);
}

static bool is_of(const char *object, const _Atomic(const char *) *type)
{
    return object && type_of(object) == atomic_load_explicit(type, memory_order_relaxed);
}

static void note(const char *handle, const char *call, const char *task, uint32_t task_at)
{
    atomic_store_explicit(&met.handle, type_of(handle), memory_order_relaxed);
    atomic_store_explicit(&met.call, type_of(call), memory_order_relaxed);
    atomic_store_explicit(&met.task, type_of(task), memory_order_relaxed);
    atomic_store_explicit(&met.function, type_of(python_pointer(task, FUTURE_CALL)), memory_order_relaxed);
    atomic_store_explicit(&met.task_at, task_at, memory_order_relaxed);
}

/* Every one of these objects is kept by the one before; of types that are not those of the last time nothing is said. */
bool waiters_none_of_handle(const struct python_layout *layout, const char *handle)
{
    uint32_t call_at = atomic_load_explicit(&handles_call, memory_order_relaxed),
             task_at = atomic_load_explicit(&met.task_at, memory_order_relaxed);
    const char *call, *task, *function;

    if (!call_at || !task_at || !is_of(handle, &met.handle))
        return false;
    call = python_pointer(handle, call_at);
    if (!is_of(call, &met.call))
        return false;
    task = python_pointer(call, task_at);
    if (!is_of(task, &met.task))
        return false;
    function = python_pointer(task, FUTURE_CALL);
    return !function || (is_of(function, &met.function) && !python_pointer(task, FUTURE_CALLS) &&
                         !python_pointer(function, layout->minor < 10 ? CLOSURE_39 : CLOSURE));
}

static bool may_be_called(enum others_kind kind)
{
    return kind == OTHERS_STEP || kind == OTHERS_BUILTIN || kind == OTHERS_METHOD || kind == OTHERS_FUNCTION ||
           kind == OTHERS_PARTIAL;
}

/* What a handle calls. All have it at the same place. */
static const char *call_of_handle(struct others_pages *pages, const char *handle)
{
    uint32_t known = atomic_load_explicit(&handles_call, memory_order_relaxed);

    if (!others_may_be_read(pages, handle, OTHERS_HEAD + 8 * HANDLE_WORDS))
        return NULL;
    for (uint32_t i = 0; i < HANDLE_WORDS && !known; i++) {
        if (may_be_called(others_kind_of(pages, python_pointer(handle, OTHERS_HEAD + 8 * i))))
            known = OTHERS_HEAD + 8 * i;
    }
    atomic_store_explicit(&handles_call, known, memory_order_relaxed);
    return known ? python_pointer(handle, known) : NULL;
}

/* A frame has the handle, as long as it calls, the handle what it calls, and that one the task. */
const char *waiters_task_of_handle(struct others_pages *pages, const char *handle)
{
    const char *call = others_kind_of(pages, handle) == OTHERS_HANDLE ? call_of_handle(pages, handle) : NULL, *task = NULL;
    uint32_t at = 0;

    switch (others_kind_of(pages, call)) {
    case OTHERS_STEP:
        at = OTHERS_HEAD;
        break;
    case OTHERS_BUILTIN:
        at = OTHERS_HEAD + 8;
        break;
    default:
        return NULL;
    }
    if (!others_may_be_read(pages, call, at + 8))
        return NULL;
    task = python_pointer(call, at);
    if (others_kind_of(pages, task) != OTHERS_TASK)
        return NULL;
    if (pages->is_own && others_kind_of(pages, python_pointer(task, FUTURE_CALL)) == OTHERS_FUNCTION)
        note(handle, call, task, at);
    return task;
}

const char *waiters_pools_future(struct others_pages *pages, const struct python_layout *layout, const char *work)
{
    const char *values = others_attributes(pages, layout, work);

    return values ? others_find(pages, values, 2, OTHERS_POOLS_FUTURE, &known_in_work) : NULL;
}

const char *waiters_future_of_work(struct others_pages *pages, const struct python_layout *layout, const char *work)
{
    const char *of_pool = waiters_pools_future(pages, layout, work), *values, *found = NULL;

    values = of_pool ? others_attributes(pages, layout, of_pool) : NULL;
    for (uint32_t i = 0; values && i < FUTURES_ATTRIBUTES && !found; i++) {
        const char *call = list_item(pages, python_pointer(values, i * 8), 0);
        found = call ? future_in(pages, layout, call, NULL) : NULL;
    }
    return found;
}
