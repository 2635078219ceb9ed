/* Frames that stand on no stack of the thread's own: those of the coroutines that wait for what it does.
 *
 * aiosqlite has a thread for each connection, which takes calls out of a queue: every statement is executed below its loop, for a
 * coroutine of another thread that awaits a future. The thread's frame has that future in a variable; from there the way leads to
 * the task which it will wake up, and to the coroutines that the task is suspended in. While the call is under way nothing
 * changes them but a cancellation, so whatever is not the calling thread's is asked for before it is read, and believed by its
 * type alone. Calling thread only; takes no lock and allocates nothing; errno is preserved.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_AWAITING_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_AWAITING_H

#include <string.h>

#include "agent/base/compiler.h"
#include "collectors/languages/python/object.h"

#define AWAITING_MAX 64 /* coroutines; of a task that is suspended in more nothing is told */

/* The loop of such a thread by its qualified name: up to aiosqlite 0.21, and from then on. */
#define AWAITING_METHOD   "Connection.run"
#define AWAITING_FUNCTION "_connection_worker_thread"

/* The frames of the coroutines that wait for what this frame's thread does now, innermost first; their number, 0 when there are
 * none or they cannot be told. */
COLD size_t python_awaiting_frames(const struct python_layout *layout, const char *frame, const char *code,
                                   const char *ret[AWAITING_MAX]);

static inline bool python_is_called(const struct python_layout *layout, const char *code, const char *what, size_t length)
{
    const char *name = python_pointer(code, layout->code_name);

    return python_word(name, PYTHON_TEXT_LENGTH) == length && memcmp(name + layout->ascii_text, what, length) == 0;
}

/* Whether a frame may be such a loop: its code's name says so, which is qualified since 3.11. */
static inline bool python_may_be_awaited(const struct python_layout *layout, const char *code)
{
    return unlikely(python_is_called(layout, code, AWAITING_METHOD, sizeof AWAITING_METHOD - 1)) ||
           unlikely(python_is_called(layout, code, AWAITING_FUNCTION, sizeof AWAITING_FUNCTION - 1)) ||
           (layout->minor < 11 && unlikely(python_is_called(layout, code, "run", 3)));
}

#endif
