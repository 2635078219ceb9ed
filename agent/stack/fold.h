/* A recursion is one stack, however deep it is. */
#ifndef NPLUS1_AGENT_STACK_FOLD_H
#define NPLUS1_AGENT_STACK_FOLD_H

#include <stddef.h>
#include <stdint.h>

/* Collapses repeated cycles, from the outermost frame on: A B B B C and A B C are one stack, and so are A (B C) (B C) D and A B C
 * D. A function that calls itself at several places (the left and the right side of a tree) has as many stacks as there are ways
 * to go down: of cycles of the same functions the last one is kept, and what is called by it.
 *
 * Both arrays innermost first, changed in place. functions: of each frame what tells its function from the others of this stack;
 * 0: not known. Returns the new count. */
size_t fold_stack(uint32_t *frames, uint64_t *functions, size_t count);

#endif
