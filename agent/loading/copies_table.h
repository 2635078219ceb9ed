/* The table of the copies of a library that are known (copies.h): entering one, and whether it is still there. */
#ifndef NPLUS1_AGENT_LOADING_COPIES_TABLE_H
#define NPLUS1_AGENT_LOADING_COPIES_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/loading/copies_kind.h"

/* Makes a copy known, if it is not: the entry, or NULL when there is no room. Takes kind->lock, and before it the loader's. */
const struct loaded_copy *copies_publish(struct client_library *kind, const struct loaded_copy *found);

/* After a dlclose the range may belong to somebody else. May take the loader's lock. */
bool copies_is_loaded(const struct client_library *kind, struct loaded_copy *loaded);

/* Whether it is loaded, and has this address. */
bool copies_is_at(const struct client_library *kind, struct loaded_copy *loaded, uintptr_t address);

#endif
