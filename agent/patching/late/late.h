/* Whether a library that was compiled together with the program can be watched by the one function that runs statements.
 *
 * It can where that function was put into none of the program's: what does the work behind it (its heart, of the functions that
 * it calls the largest one) is called by the library alone. Whatever else a compiler put into the program's functions is not
 * called as such, and is not needed: collectors/sqlite3/late.c asks the copy itself. Pure; any thread; allocates nothing. With
 * what comes before it (way.h) some 15 ms for 1 MB of code.
 */
#ifndef NPLUS1_AGENT_PATCHING_LATE_LATE_H
#define NPLUS1_AGENT_PATCHING_LATE_LATE_H

#include "agent/loading/copies_kind.h"
#include "agent/patching/find.h"
#include "agent/patching/image.h"
#include "agent/patching/reach.h"

#define LATE_BEHALF 8

/* Functions that run what the program gave them: those of the table, and copies that a compiler made of them for arguments that
 * it knew. */
struct late {
    uintptr_t behalf[LATE_BEHALF];
    size_t behalf_count;
};

/* reach: made with objects.h. */
bool late_is_possible(const struct image *image, const struct copies_hidden *library, const struct found_table *table,
                      const struct reach *reach, struct late *ret);

#endif
