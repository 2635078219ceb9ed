/* Facts and their sources (paths are those of CPython's repository, at the tags v3.8.0, v3.9.0, v3.10.0, v3.11.0, v3.12.0,
 * v3.13.0 and v3.14.0; LP64):
 *
 * PyGILState_GetThisThreadState (Python/pystate.c) reads a thread-specific key, without the lock, and gives NULL before the
 * interpreter's start and after its end.
 *
 * 3.8 to 3.10, struct _ts: `frame` after prev, next and interp: Include/cpython/pystate.h. struct _frame: Include/frameobject.h
 * (3.8), Include/cpython/frameobject.h. f_lasti is 8 bytes nearer in 3.10, where f_stacktop went, and counts code units there.
 *
 * 3.11, 3.12: struct _ts has `cframe`, whose `current_frame` is the innermost _PyInterpreterFrame: Include/cpython/pystate.h.
 * _PyInterpreterFrame: Include/internal/pycore_frame.h. prev_instr is the code unit before the next one: the call or one of its
 * inline caches.
 *
 * 3.10, 3.11, interpreters and their thread states: struct _is begins with `next` and, as tstate_head or threads.head, the list
 * of its states: Include/internal/pycore_interp.h. struct _ts begins with prev, next and interp.
 *
 * 3.13 and later: the interpreter says it all by itself in _PyRuntime.debug_offsets, struct _Py_DebugOffsets of
 * Include/internal/pycore_runtime.h, later pycore_debug_offsets.h, made for readers from outside. 3.14 put threads_main behind
 * threads_head, code_object_generation and tlbc_generation behind the interpreter's last, stackpointer and tlbc_index behind the
 * frame's. From then on f_executable is a _PyStackRef, whose two lowest bits say who counts the reference
 * (Include/internal/pycore_stackref.h).
 *
 * The fields of code objects are exported to Python as members of their type, and PyMemberDef (Include/structmember.h, later
 * Include/descrobject.h) has their offsets: PyCode_Type.tp_members. tp_basicsize of 3.11 and later ends where the instructions
 * begin (Objects/codeobject.c, PyCode_Type).
 *
 * The head of a string: Include/cpython/unicodeobject.h; 3.12 dropped wstr and its length.
 */
#include "collectors/languages/python/layout.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/loading/exports.h"

/* PyTypeObject, Include/cpython/object.h */
#define TYPE_BASIC_SIZE 32
#define TYPE_MEMBERS    240

struct member {
    const char *name;
    int type;
    ptrdiff_t offset;
    int flags;
    const char *doc;
};

#define MEMBER_INT       1 /* Py_T_INT and kin: Include/descrobject.h */
#define MEMBER_OBJECT    6
#define MEMBER_OBJECT_EX 16

/* The beginning of struct _Py_DebugOffsets. */
struct debug_offsets {
    char cookie[8];
    uint64_t version, free_threaded;
    uint64_t runtime[3];
    uint64_t more[];
};

/* Parts of it, in their order; the interpreter's is before them, and they are longer in 3.14. */
#define INTERPRETER_WORDS_13 13
#define INTERPRETER_WORDS_14 16
#define FRAME_WORDS_13       6
#define FRAME_WORDS_14       8

struct thread_offsets {
    uint64_t size, prev, next, interp, current_frame, thread_id, native_thread_id, datastack_chunk, status;
};

struct frame_offsets {
    uint64_t size, previous, executable, instr_ptr, localsplus, owner;
};

struct code_offsets {
    uint64_t size, filename, name, qualname, linetable, firstlineno, argcount, names, kinds, instructions;
};

/* By minor version less 8. */
static const struct python_layout frames_of[] = {
    {.thread_frame = 24,
     .frame_previous = 24,
     .frame_code = 32,
     .frame_position = 104,
     .position = POSITION_BYTES,
     .frame_globals = 48,
     .frame_locals = 360},
    {.thread_frame = 24,
     .frame_previous = 24,
     .frame_code = 32,
     .frame_position = 104,
     .position = POSITION_BYTES,
     .frame_globals = 48,
     .frame_locals = 360},
    {.thread_frame = 24,
     .frame_previous = 24,
     .frame_code = 32,
     .frame_globals = 48,
     .frame_position = 96,
     .frame_locals = 352,
     .position = POSITION_UNITS,
     .thread_cframe = 48,
     .interpreter_threads = 8},
    {.thread_frame = 56,
     .thread_cframe = 56,
     .interpreter_threads = 16,
     .indirect = true,
     .indirect_frame = 8,
     .frame_code = 32,
     .frame_globals = 8,
     .frame_previous = 48,
     .frame_position = 56,
     .position = POSITION_POINTER,
     .frame_locals = 72},
    {.thread_frame = 56,
     .indirect = true,
     .indirect_frame = 0,
     .frame_code = 0,
     .frame_globals = 24,
     .frame_previous = 8,
     .frame_position = 56,
     .position = POSITION_POINTER,
     .frame_owner = 70,
     .frame_locals = 72},
    {.position = POSITION_POINTER,
     .code_may_be_else = true,
     .frame_globals = 24}, /* the rest from its debug offsets, as the next */
    {.position = POSITION_POINTER, .code_may_be_else = true, .frame_globals = 24},
};

bool python_layout_present(void)
{
    return exports_find("PyGILState_GetThisThreadState") != NULL;
}

/* 311 for 3.11; 0: unknown. */
static int version(void)
{
    const unsigned long *number = exports_find("Py_Version"); /* since 3.11 */
    const char *(*text)(void) = (const char *(*)(void))exports_find("Py_GetVersion");
    char *end;
    long major, minor;

    if (number)
        return (int)(*number >> 24) * 100 + (int)(*number >> 16 & 0xff);
    if (!text)
        return 0;
    major = strtol(text(), &end, 10);
    if (*end != '.')
        return 0;
    minor = strtol(end + 1, &end, 10);
    return major == 3 && minor > 0 && minor < 100 ? (int)(major * 100 + minor) : 0;
}

static bool find_member(const struct member *members, const char *name, bool object, uint32_t *ret)
{
    for (; members && members->name; members++) {
        if (strcmp(members->name, name) != 0)
            continue;
        if (object ? members->type != MEMBER_OBJECT && members->type != MEMBER_OBJECT_EX : members->type != MEMBER_INT)
            return false;
        if (members->offset < 16 || members->offset > 1024)
            return false;
        *ret = (uint32_t)members->offset;
        return true;
    }
    return false;
}

static bool read_code_type(struct python_layout *layout)
{
    const char *type = layout->code_type;
    const struct member *members = *(const struct member *const *)(type + TYPE_MEMBERS);

    if (layout->minor >= 11)
        layout->code_instructions = (uint32_t) * (const ptrdiff_t *)(type + TYPE_BASIC_SIZE);
    if (!find_member(members, "co_nlocals", false, &layout->code_locals))
        layout->frame_locals = 0;
    return find_member(members, layout->minor >= 11 ? "co_qualname" : "co_name", true, &layout->code_name) &&
           find_member(members, "co_filename", true, &layout->code_filename) &&
           find_member(members, "co_firstlineno", false, &layout->code_first_line) &&
           find_member(members, layout->minor >= 10 ? "co_linetable" : "co_lnotab", true, &layout->code_line_table);
}

static bool read_debug_offsets(struct python_layout *layout)
{
    const struct debug_offsets *offsets = exports_find("_PyRuntime");
    const struct thread_offsets *thread;
    const struct frame_offsets *frame;
    const struct code_offsets *code;

    if (!offsets || memcmp(offsets->cookie, "xdebugpy", sizeof offsets->cookie) != 0 ||
        offsets->version >> 16 != (uint64_t)(0x0300 + layout->minor) || offsets->free_threaded)
        return false;
    thread = (const void *)(offsets->more + (layout->minor == 13 ? INTERPRETER_WORDS_13 : INTERPRETER_WORDS_14));
    frame = (const void *)(thread + 1);
    code = (const void *)((const uint64_t *)frame + (layout->minor == 13 ? FRAME_WORDS_13 : FRAME_WORDS_14));
    layout->thread_frame = (uint32_t)thread->current_frame;
    layout->frame_code = (uint32_t)frame->executable;
    layout->frame_previous = (uint32_t)frame->previous;
    layout->frame_position = (uint32_t)frame->instr_ptr;
    layout->frame_owner = (uint32_t)frame->owner;
    layout->frame_locals = (uint32_t)frame->localsplus;
    /* Two sources must agree. */
    return code->qualname == layout->code_name && code->filename == layout->code_filename &&
           code->linetable == layout->code_line_table && code->firstlineno == layout->code_first_line &&
           code->instructions == layout->code_instructions;
}

bool python_layout_find(struct python_layout *ret, const char **why)
{
    struct python_layout layout;
    int found = version();

    if (found < 308 || found > 314) {
        *why = PYTHON_NOT_SUPPORTED;
        return false;
    }
    layout = frames_of[found - 308];
    layout.minor = found - 300;
    layout.ascii_text = layout.minor >= 12 ? 40 : 48;
    layout.wide_text = layout.minor >= 12 ? 56 : 72;
    layout.thread_state = (void *(*)(void))exports_find("PyGILState_GetThisThreadState");
    layout.interpreters = (void *(*)(void))exports_find("PyInterpreterState_Head");
    if (!layout.interpreters)
        layout.thread_cframe = 0;
    layout.code_type = exports_find("PyCode_Type");
    layout.bytes_type = exports_find("PyBytes_Type");
    layout.unicode_type = exports_find("PyUnicode_Type");
    layout.frame_type = exports_find("PyFrame_Type");
    layout.dict_type = exports_find("PyDict_Type");
    layout.int_type = exports_find("PyLong_Type");
    if (!layout.thread_state || !layout.code_type || !layout.bytes_type || !layout.unicode_type || !layout.frame_type ||
        !read_code_type(&layout) || (layout.minor >= 13 && !read_debug_offsets(&layout))) {
        *why = "Python frames: this build of CPython is laid out in an unknown way";
        return false;
    }
    *ret = layout;
    return true;
}
