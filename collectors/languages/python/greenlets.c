/* Facts and their sources: PyGreenlet of greenlet 2 and 3 is an object's head, two pointers, and a pointer to what is private
 * (src/greenlet/greenlet.h of github.com/python-greenlet/greenlet); in there, somewhere near the beginning, a suspended greenlet
 * has a reference to its innermost frame object (TPythonState.cpp, _top_frame), which it has not while it runs or is over. Where
 * that is differs from version to version, so it is looked for once. PyFrameObject of CPython 3.11 has f_frame after its head and
 * f_back (Include/internal/pycore_frame.h). A greenlet's outermost frame has none behind it. Of 3.12 and later some frames in
 * between stand on the C stack, which greenlet moves to the heap: those are left alone. */
#include "collectors/languages/python/greenlets.h"

#include <errno.h>
#include <stdatomic.h>

#include "agent/base/readable.h"

/* PyTypeObject, Include/cpython/object.h */
#define TYPE_NAME       24
#define TYPE_BASIC_SIZE 32
#define TYPE_BASE       256

#define GREENLET_PRIVATE 32
#define GREENLET_SIZE    40 /* that of greenlet 1, which has everything in itself, is larger */
#define PRIVATE_WORDS    20 /* looked at */
#define LOCALS_MAX       32
#define OBJECT_FRAME     24 /* in a frame object of 3.11 */

static const char name_of_type[] = "greenlet.greenlet";

/* In the private part: the frame object, in bytes. Every thread finds the same. */
static _Atomic uint32_t top_frame;
#define NOT_THERE UINT32_MAX

/* Greenlets made for one purpose are of a class that is derived from greenlet's own. */
static bool is_greenlet(const char *object)
{
    const char *type = python_pointer(object, PYTHON_OBJECT_TYPE);

    for (int i = 0; type && i < 4; i++, type = python_pointer(type, TYPE_BASE)) {
        if (strcmp(python_pointer(type, TYPE_NAME), name_of_type) == 0)
            return python_word(type, TYPE_BASIC_SIZE) == GREENLET_SIZE;
    }
    return false;
}

static bool is_of_type(const char *object, const void *type)
{
    return object && (uintptr_t)object % 8 == 0 && readable_word(object + PYTHON_OBJECT_TYPE) &&
           python_pointer(object, PYTHON_OBJECT_TYPE) == (const char *)type;
}

/* The one word that is a frame object whose frame has code. 0: there is none; a greenlet that is not suspended has none. */
static uint32_t find_top_frame(const struct python_layout *layout, const char *private)
{
    uint32_t found = 0;

    if (!readable_bytes(private, PRIVATE_WORDS * (size_t)8))
        return NOT_THERE;
    for (uint32_t at = 0; at < PRIVATE_WORDS * 8; at += 8) {
        const char *object = python_pointer(private, at), *frame;
        if (!is_of_type(object, layout->frame_type) || !readable_word(object + OBJECT_FRAME))
            continue;
        frame = python_pointer(object, OBJECT_FRAME);
        if (found || !readable_bytes(frame, layout->frame_locals) ||
            !is_of_type(python_pointer(frame, layout->frame_code), layout->code_type))
            return NOT_THERE;
        found = at;
    }
    return found;
}

static const char *innermost(const struct python_layout *layout, const char *greenlet)
{
    const char *private = python_pointer(greenlet, GREENLET_PRIVATE), *object;
    uint32_t at = atomic_load_explicit(&top_frame, memory_order_relaxed);

    if (!private)
        return NULL;
    if (!at) {
        at = find_top_frame(layout, private);
        atomic_store_explicit(&top_frame, at, memory_order_relaxed);
    }
    if (!at || at == NOT_THERE)
        return NULL;
    object = python_pointer(private, at);
    return object && python_pointer(object, PYTHON_OBJECT_TYPE) == (const char *)layout->frame_type
               ? python_pointer(object, OBJECT_FRAME)
               : NULL;
}

const char *python_greenlet_frame(const struct python_layout *layout, const char *frame, const char *code)
{
    int saved_errno = errno;
    int32_t locals = python_int(code, layout->code_locals);
    const char *found = NULL;

    for (int32_t i = 0; i < locals && i < LOCALS_MAX && !found; i++) {
        const char *local = python_pointer(frame, layout->frame_locals + 8 * (uint32_t)i);
        if (local && is_greenlet(local))
            found = innermost(layout, local);
    }
    errno = saved_errno;
    return found;
}
