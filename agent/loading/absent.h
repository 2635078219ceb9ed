/* Functions that no library of the program has: a weak reference to one is NULL without us, and by it programs ask what is there.
 *
 * The loader relocates the program after us, and the first code of ours that runs is a resolver of our own relocation. It takes
 * the names of functions that nobody else has out of our table of symbols, so that the program's references find nothing, and
 * makes references of libraries, which were relocated before, NULL again. Before anything more is loaded the names come back:
 * what is loaded may bring the library, and is bound before anybody could look. When it did not, bindings.h has references of
 * what was loaded forgotten.
 */
#ifndef NPLUS1_AGENT_LOADING_ABSENT_H
#define NPLUS1_AGENT_LOADING_ABSENT_H

#include <stdbool.h>

#include "agent/base/compiler.h"

extern HIDDEN bool absent_is_hidden; /* read by the jumps of entries.S */

HIDDEN void absent_come_back(void) __attribute__((used)); /* before something is loaded; any thread */

#endif
