/* Does this interpreter look as its layout says? Every address is asked for before it is read, so a wrong layout is found out and
 * not died of. Calling thread only; no lock, no allocation; some 1,000 system calls without effect at the most. errno is
 * preserved.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_SELFTEST_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_SELFTEST_H

#include "collectors/languages/python/layout.h"

/* The innermost frame of the calling thread's first state, which may be anything: nobody has read it yet. NULL: none. */
const void *python_first_frame(const struct python_layout *layout);

/* Follows the frames of the calling thread from `frame` on: they end, they have code, its names are text, each is at an
 * instruction of its code that has a line. */
bool python_self_test(const struct python_layout *layout, const void *frame);

#endif
