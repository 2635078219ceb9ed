/* The first instructions of a function, moved, so that a jump to somewhere else can stand in their place and the function still
 * be called: by what was moved, which goes on behind the jump.
 *
 * Refused is what could do something else there than here: instructions that are not known or whose place matters, a function
 * that branches back into what is moved, one whose extent is not known. endbr64, with which functions begin where indirect
 * branches are guarded (CET), stays. Pure; any thread; allocates nothing.
 */
#ifndef NPLUS1_AGENT_PATCHING_MOVE_H
#define NPLUS1_AGENT_PATCHING_MOVE_H

#include "agent/patching/image.h"

#define MOVE_JUMP 5  /* bytes of the jump */
#define MOVE_MAX  96 /* bytes that what is moved may take */

struct moved {
    uintptr_t at;   /* where the jump is to stand */
    size_t covered; /* bytes of instructions from there on that were moved */
    uint8_t code[MOVE_MAX];
    size_t length;
};

enum move_result {
    MOVE_DONE,
    MOVE_NO_FUNCTION, /* nothing says where it begins and ends */
    MOVE_UNKNOWN,     /* an instruction that is not decoded */
    MOVE_FIXED,       /* one that works only where it stands */
    MOVE_SHORT,       /* too short, and something else follows */
    MOVE_BRANCH,      /* the function comes back to its beginning */
    MOVE_FAR,         /* what it refers to cannot be reached from there */
};

/* The beginning of `function`, to stand at `place`. */
enum move_result move_beginning(const struct image *image, uintptr_t function, uintptr_t place, struct moved *ret);

/* A jump from `at` to `to`: MOVE_JUMP bytes. False: it is too far. */
bool move_jump(uintptr_t at, uintptr_t to, uint8_t *ret);

#endif
