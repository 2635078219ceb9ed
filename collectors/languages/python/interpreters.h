/* Which thread state is the calling thread in?
 *
 * Before 3.12, PyGILState_GetThisThreadState gives the first one that a thread got, also while the thread runs code of another
 * interpreter. Calling thread only, without the interpreter's lock; takes none and allocates nothing. A process with one
 * interpreter pays for two loads and a call; with several each state of the others costs two system calls without effect. errno
 * is not preserved.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_INTERPRETERS_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_INTERPRETERS_H

#include "collectors/languages/python/layout.h"

/* NULL: in none. In 3.8 and 3.9 nothing tells on whose stack a state is in use: there it is always the first one. */
const char *python_thread_state(const struct python_layout *layout);

#endif
