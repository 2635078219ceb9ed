/* A copy of a library whose functions have no names, found by the table of them that it keeps for its own modules.
 *
 * The table is a row of pointers into the module's code, with zeros for functions that were left out. What makes it certain is
 * that two of its functions return the library's version, as a text and as a number that agree. Read-only; any thread; allocates
 * nothing. A module of 100 MB takes a few milliseconds: one word in 32 is looked at.
 */
#ifndef NPLUS1_AGENT_PATCHING_FIND_H
#define NPLUS1_AGENT_PATCHING_FIND_H

#include "agent/loading/copies_kind.h"
#include "agent/patching/image.h"

struct found_table {
    const uintptr_t *slots; /* in the module's memory, or what exported/ found by name */
    size_t count;           /* that this version has */
    const char *version;    /* "3.46.0", in the module's memory; NULL: not known */
    const char *source;     /* what it was built from; NULL: not known */
};

/* The first table behind `after` (NULL: the first one); false: there is none. */
bool find_table(const struct image *image, const struct copies_hidden *library, const uintptr_t *after, struct found_table *ret);

#endif
