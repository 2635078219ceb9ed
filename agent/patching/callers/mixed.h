/* Whether a library was compiled together with the program that uses it, as one translation unit or by link-time optimisation:
 * then the compiler has put some of its functions into the program's, and what calls them does not come to us. */
#ifndef NPLUS1_AGENT_PATCHING_CALLERS_MIXED_H
#define NPLUS1_AGENT_PATCHING_CALLERS_MIXED_H

#include "agent/loading/copies_kind.h"
#include "agent/patching/find.h"
#include "agent/patching/image.h"
#include "agent/patching/reach.h"

/* True where nothing refers to the functions that open a connection (referred.h). Otherwise looks at the module's functions that
 * the library does not reach, some MiB around it: those that call functions of the library which are interposed do not call,
 * besides, what these call for themselves. False, too, where nobody can tell. A few milliseconds; allocates nothing. */
bool mixed_is(const struct image *image, const struct copies_hidden *library, const struct found_table *table,
              const struct reach *reach);

/* Likewise of an image whose functions are those of an outline, that is, the library's alone: whether code elsewhere calls
 * functions of both kinds, one after the other. Other code is found by its calls. Some 15 ms for 64 MB of code. */
bool mixed_is_called_inside(const struct image *image, const struct copies_hidden *library, const struct found_table *table);

/* Whether that is so because nothing refers to the functions that open a connection. */
bool mixed_is_unused(const struct image *image, const struct copies_hidden *library, const struct found_table *table);

#endif
