/* A copy of a library that a module exports the functions of and calls directly, as Node.js does with OpenSSL.
 *
 * Read-only; any thread; allocates nothing. Takes no lock: the module is loaded, and is not unloaded meanwhile.
 */
#ifndef NPLUS1_AGENT_PATCHING_EXPORTED_EXPORTED_H
#define NPLUS1_AGENT_PATCHING_EXPORTED_EXPORTED_H

#include "agent/loading/copies_kind.h"
#include "agent/patching/find.h"
#include "agent/patching/image.h"

#define EXPORTED_MAX 16 /* functions of a library that is looked for so */

/* slots: EXPORTED_MAX of them, for what *ret points to. False: the module does not export all of the functions, as one
 * that has some of these names for something else, or is the library itself, whose callers are bound to it by name. */
bool exported_find(const struct image *image, const struct client_library *kind, uintptr_t *slots, struct found_table *ret);

#endif
