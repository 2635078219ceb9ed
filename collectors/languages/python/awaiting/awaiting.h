/* Frames that stand on no stack of the thread's own: those of the coroutines that wait for what it does.
 *
 * aiosqlite has a thread for each connection, which takes calls out of a queue: every statement is executed below its loop, for a
 * coroutine of another thread that awaits a future. The threads of a pool do the same for run_in_executor and asyncio.to_thread,
 * by which Django's asynchronous queries go. And asyncio.gather and its kin make tasks of a package's coroutines, as of a pool's
 * fetch(), above which the loop's own frames stand alone: their handle has the task. AnyIO's threads, in which FastAPI and
 * Starlette call plain functions, are given the call once they run, by who awaits it right away: so these are followed from a
 * function of the program's, too, and the middleware and the test's client that asked for it are told. Its portals are the other
 * way round: a loop of a thread's own does what other threads call, as the test clients of Starlette and Litestar do, and the
 * stack goes on with the frames of the one that waits (threads.h). The thread's frame has
 * that future in a variable, or a call that has it; from there the way leads to the task which it will wake up (waiters.h), and
 * to the coroutines that the task is suspended in. While the call is under way nothing changes them but a cancellation, so what
 * is not the calling thread's is asked for before it is read, and believed by its type alone (others.h). Calling thread only;
 * takes no lock and allocates nothing; errno is preserved.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_AWAITING_AWAITING_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_AWAITING_AWAITING_H

#include <string.h>

#include "agent/base/compiler.h"
#include "collectors/languages/python/object.h"

#define AWAITING_MAX 64 /* coroutines; of a task that is suspended in more nothing is told */

enum python_awaited {
    PYTHON_AWAITED_NOT,
    PYTHON_AWAITED_LOOP, /* all that it does */
    PYTHON_AWAITED_WORK, /* a call, which may be one of the program's functions: then that one says enough */
    PYTHON_AWAITED_TASK, /* a task's step in the thread of its loop */
    PYTHON_AWAITED_CALL, /* a coroutine, for a call from another thread */
};

/* awaited: what python_awaited says of the code. The frames of the coroutines that wait for what the thread of this frame does
 * now, innermost first; their number, 0 when there are none or they cannot be told. */
COLD size_t python_awaiting_frames(const struct python_layout *layout, const char *frame, const char *code,
                                   enum python_awaited awaited, const char *ret[AWAITING_MAX]);

/* Of a coroutine that does what another thread has called: that thread's frame which did, and waits. NULL: it cannot be told. */
COLD const char *python_awaiting_caller(const struct python_layout *layout, const char *frame, const char *code);

/* Whether nobody waits for the task that such a frame goes on with, as far as a glance tells. */
bool python_awaits_nobody(const struct python_layout *layout, const char *frame);

/* Of code with such a name. */
COLD enum python_awaited python_awaited_in(const struct python_layout *layout, const char *code);

/* Whether code is the standard library's or an installed package's. */
COLD bool python_is_package(const struct python_layout *layout, const char *code);

/* Whether others may wait for what is done below a frame: its code's name, which is qualified since 3.11, is that of the loop of
 * such a thread (aiosqlite's had another one until 0.21), and then its file says so. */
static inline enum python_awaited python_awaited(const struct python_layout *layout, const char *code)
{
#define CALLED(name) python_is_called(layout, code, name, sizeof(name) - 1)
    if (CALLED("_WorkItem.run") || CALLED("Connection.run") || CALLED("_connection_worker_thread") || CALLED("Handle._run") ||
        CALLED("WorkerThread.run") || CALLED("BlockingPortal._call_func") ||
        (layout->minor < 11 && (CALLED("run") || CALLED("_run") || CALLED("_call_func"))))
        return python_awaited_in(layout, code);
#undef CALLED
    return PYTHON_AWAITED_NOT;
}

#endif
