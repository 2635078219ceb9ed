/* All code that functions lead to, followed instruction by instruction: calls, jumps, branches, the tables of switches, and the
 * functions in data that this code refers to.
 *
 * For modules that do not say where their functions begin and end. Nothing is assumed of functions but where they are called;
 * they may stand anywhere, without room between them. Fails when an instruction is not known, when two overlap, or when there is
 * more than a library has: then something was taken for code that is none. Some 10 ms for 1 MB of code.
 */
#ifndef NPLUS1_AGENT_PATCHING_OUTLINE_FOLLOW_H
#define NPLUS1_AGENT_PATCHING_OUTLINE_FOLLOW_H

#include "agent/patching/outline/followed.h"

/* False: memory is used up, or the image has none or several segments of code, or is linked for a fixed address; nothing is to be
 * freed. */
bool follow_begin(const struct image *image, const struct marks *marks, struct follow *ret);
void follow_end(struct follow *follow);

void follow_add(struct follow *follow, uintptr_t function);

/* False: failed. */
bool follow_all(struct follow *follow);

#endif
