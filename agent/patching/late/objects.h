/* Where a module's data objects begin, as far as its code or other data refer to them.
 *
 * Where a library and the program that uses it were compiled together, tables of the one lie beside those of the other: what a
 * reference leads to ends where the next one leads. Every 8 bytes of the module have a bit. Pure but for the memory, which
 * is kept until objects_free; some 3 ms for 1 MB of code.
 */
#ifndef NPLUS1_AGENT_PATCHING_LATE_OBJECTS_H
#define NPLUS1_AGENT_PATCHING_LATE_OBJECTS_H

#include "agent/patching/image.h"

struct objects {
    uint64_t *bits;
    uintptr_t start; /* of the first bit's 8 bytes */
    size_t size;     /* bytes of bits */
};

/* False: memory is used up; nothing is to be freed. */
bool objects_make(const struct image *image, struct objects *ret);
void objects_free(struct objects *objects);

/* Where the object that begins at an address ends: at the next one, or at `end`. */
uintptr_t objects_end(const struct objects *objects, uintptr_t address, uintptr_t end);

#endif
