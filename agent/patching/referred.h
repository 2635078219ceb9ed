/* Whether anything in a module refers to a function: calls it, takes its address, or has its address in data. Pure; any thread.
 *
 * Where a compiler puts a library's functions into those that call them, nothing refers to them any more but the library's own
 * table of functions, and patching them would catch no call. Instructions are not decoded: 4 bytes that would lead to the
 * function count wherever they stand, so true may be wrong where false is not. Ends at the first one; else some 50 ms for 64 MB
 * of code.
 */
#ifndef NPLUS1_AGENT_PATCHING_REFERRED_H
#define NPLUS1_AGENT_PATCHING_REFERRED_H

#include "agent/patching/image.h"

#define REFERRED_MAX 4

/* functions: at most REFERRED_MAX, 0: none. table: data in which their addresses do not count. */
bool referred_is_one_of(const struct image *image, const uintptr_t *functions, size_t count, const struct image_range *table);

#endif
