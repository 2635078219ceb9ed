/* Where things of a module begin to which its code takes an address (lea) or its data points, without knowing its functions.
 *
 * Instructions are not decoded: a REX prefix, the opcode of lea and an operand relative to the instruction pointer are looked for
 * byte by byte (Intel's manual, volume 2, 2.2.1.6 and "LEA"), in 16 bytes at a time. Bytes that only look so are some in a
 * billion. Pure but for the memory, which is kept until marks_free; some 20 ms for 64 MB of code.
 */
#ifndef NPLUS1_AGENT_PATCHING_OUTLINE_MARKS_H
#define NPLUS1_AGENT_PATCHING_OUTLINE_MARKS_H

#include "agent/patching/image.h"

struct marks {
    uint64_t *bits;  /* one for each 4 bytes */
    uintptr_t start; /* of the first one */
    size_t size;     /* bytes */
};

/* False: memory is used up; nothing is to be freed. */
bool marks_make(const struct image *image, struct marks *ret);
void marks_free(struct marks *marks);

/* Where what begins at an address ends: at the next mark, or at `end`. */
uintptr_t marks_end(const struct marks *marks, uintptr_t address, uintptr_t end);

#endif
