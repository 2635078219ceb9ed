/* References of modules that were loaded at run time, put right after the loader bound them. Three kinds are:
 *
 * - A module that is loaded with RTLD_DEEPBIND finds its own libraries before it finds us. It keeps its order of search, which it
 * may rely on; only its references to functions of database clients, and to those of libc that we interpose, are made ours.
 * - A weak reference, by which a module asks whether there is a library, finds our function where nobody brings one: it is made
 *   NULL again (absent.h does so for what is there at the start).
 * - A module of some kind calls by name what somebody wants to stand in front of there alone (bindings_stand_in).
 *
 * dlopen goes on by a jump, so nobody is called when it is done. The next dlsym is: a host asks each module for its functions by
 * name before it calls any. What a module's constructor does before that is not seen.
 */
#ifndef NPLUS1_AGENT_LOADING_BINDINGS_H
#define NPLUS1_AGENT_LOADING_BINDINGS_H

#include <stdbool.h>

#include "agent/base/compiler.h"

/* Read and written by the jumps of entries.S: something was loaded; each load is of interest, not those with RTLD_DEEPBIND alone.
 */
extern HIDDEN bool bindings_pending, bindings_of_all;

/* Functions that modules of some kind call by name, and for which others stand in there; see loader.h. Kept. Before the start. */
void bindings_stand_in(const char *kind, const char *const *names, void (*const *functions)(void), bool (*is_known)(void));

void bindings_start(void);                               /* what is loaded by now was bound as it should be */
HIDDEN void bindings_settle(void) __attribute__((used)); /* any thread; preserves errno, allocates nothing */
void bindings_forget(void);                              /* objects were unloaded: other ones may take their addresses */

#endif
