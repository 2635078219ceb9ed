/* Frames that stand on no stack of their own: those of a function that async SQLAlchemy runs in a greenlet.
 *
 * greenlet_spawn (sqlalchemy/util/concurrency.py; _concurrency_py3k.py before 2.1) runs a synchronous function in a greenlet.
 * What the function has to wait for, it hands back to greenlet_spawn, which awaits it while the greenlet is suspended: the
 * statement is sent below greenlet_spawn, for a loop in the greenlet. Calling thread only; reads what its frames keep alive,
 * takes no lock and allocates nothing; errno is preserved.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_GREENLETS_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_GREENLETS_H

#include <string.h>

#include "agent/base/compiler.h"
#include "collectors/languages/python/object.h"

#define GREENLETS_DRIVER "greenlet_spawn"
#define GREENLETS_MINOR  11 /* of CPython: elsewhere frames are left alone */

/* The innermost frame of the greenlet that waits for this frame; NULL: none does, or it is not known where its frames are. */
COLD const char *python_greenlet_frame(const struct python_layout *layout, const char *frame, const char *code);

/* Whether a frame may be one that drives a greenlet: its code's name says so. */
static inline bool python_may_drive_greenlet(const struct python_layout *layout, const char *code)
{
    return layout->minor == GREENLETS_MINOR && python_is_called(layout, code, GREENLETS_DRIVER, sizeof GREENLETS_DRIVER - 1);
}

#endif
