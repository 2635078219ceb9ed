/* The entries of a copy of a library whose functions are called directly: each function that is interposed jumps to ours, with a
 * note of which copy is meant (agent/loading/copies.h), and what stood there is called in its place. All of them or none.
 */
#ifndef NPLUS1_AGENT_PATCHING_PATCH_H
#define NPLUS1_AGENT_PATCHING_PATCH_H

#include "agent/loading/copies_kind.h"
#include "agent/patching/find.h"
#include "agent/patching/image.h"
#include "agent/patching/plan.h"

/* Nobody may run the module's code meanwhile. alone: no other thread is there. One thread at a time (lookout.c). */
bool patch_copy(const struct image *image, struct client_library *kind, const struct found_table *table, bool alone,
                struct patch_outcome *ret);

#endif
