/* Where things stand in the structures of the CPython that is in this process.
 *
 * All offsets and sizes are in bytes. Found once, on the first thread that asks, and constant from then on. Finding it reads the
 * interpreter's type objects and calls Py_GetVersion at the most; it takes the loader's lock and nothing of the interpreter's.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_LAYOUT_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a frame says where it is in its code. */
enum python_position {
    POSITION_BYTES,   /* int: bytes from the first instruction */
    POSITION_UNITS,   /* int: code units of two bytes */
    POSITION_POINTER, /* address of a code unit */
};

struct python_layout {
    void *(*thread_state)(void); /* PyGILState_GetThisThreadState: a look-up of thread-local storage */
    int minor;                   /* 11 for 3.11 */

    void *(*interpreters)(void);  /* PyInterpreterState_Head: a load */
    uint32_t thread_cframe;       /* in the thread state; 0: there is none, or need not be looked at */
    uint32_t interpreter_threads; /* in the interpreter: the newest of its thread states */

    uint32_t thread_frame; /* in the thread state: the innermost frame, or the structure that has it */
    bool indirect;
    uint32_t indirect_frame; /* in that structure */

    uint32_t frame_code, frame_previous, frame_position, frame_globals;
    enum python_position position;
    uint32_t frame_owner; /* one byte; 0: there is no such field */
    bool code_may_be_else;

    uint32_t code_name, code_filename, code_first_line, code_line_table;
    uint32_t code_instructions; /* 0: not inside the code object */
    uint32_t code_locals;       /* int: how many there are */
    uint32_t frame_locals;      /* the first of them; 0: they cannot be told */

    uint32_t ascii_text, wide_text; /* in a compact string: the characters */

    const void *code_type, *bytes_type, *unicode_type, *frame_type;
    const void *dict_type, *int_type; /* NULL: not known */
};

#define PYTHON_OBJECT_TYPE        8  /* in an object: its type (Include/object.h, PyObject) */
#define PYTHON_VAR_SIZE           16 /* in an object of variable size: its length (PyVarObject) */
#define PYTHON_BYTES_TEXT         32 /* in a bytes object: its bytes (Include/cpython/bytesobject.h: after ob_shash) */
#define PYTHON_TEXT_LENGTH        16 /* in a string: its length in characters (Include/cpython/unicodeobject.h, PyASCIIObject) */
#define PYTHON_TEXT_STATE         32 /* in a string: its bit field */
#define PYTHON_OWNER_C_STACK      3  /* and above, since 3.12 (enum _frameowner): an entry from C, without code of its own */
#define PYTHON_THREAD_NEXT        8  /* in a thread state; these hold where thread_cframe is not 0 */
#define PYTHON_THREAD_INTERPRETER 16
#define PYTHON_THREAD_STATE_SIZE  360 /* or less */
#define PYTHON_INTERPRETER_NEXT   0
#define PYTHON_NOT_SUPPORTED      "Python frames: of CPython, 3.8 to 3.14 with the global lock are known"

/* Whether an interpreter is loaded. */
bool python_layout_present(void);

/* Fills the layout. False: this interpreter is not known; *why is set to a static string. */
bool python_layout_find(struct python_layout *ret, const char **why);

#endif
