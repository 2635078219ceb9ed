/* The functions of a library in a module that does not say where functions begin and end: what its public functions lead to, and
 * nothing else. In place of call frame information (image.h): image_function then knows these alone.
 *
 * Made once, before the module's code runs: some 20 ms for 64 MB of code and 10 ms for each MB of the library. Memory of the
 * agent, kept until outline_free.
 */
#ifndef NPLUS1_AGENT_PATCHING_OUTLINE_OUTLINE_H
#define NPLUS1_AGENT_PATCHING_OUTLINE_OUTLINE_H

#include "agent/patching/image.h"

struct outline {
    struct image_range *functions; /* by address, none overlaps another; also parts of functions that stand alone */
    size_t count, size;            /* size: bytes */
};

#define OUTLINE_FOREIGN 4

/* functions: public ones, 0: none. foreign: public ones that the library does not call, 0: none: where it seems to, something of
 * the program's was taken for the library's. False: memory is used up, or it cannot be told; nothing is to be freed. */
bool outline_make(const struct image *image, const uintptr_t *functions, size_t count, const uintptr_t foreign[OUTLINE_FOREIGN],
                  struct outline *ret);
void outline_free(struct outline *outline);

/* The image with the outline's functions for its own, while the outline is there. */
void outline_attach(const struct outline *outline, struct image *image);

#endif
