/* What a compiler may know of a function beyond the ABI. Pure; any thread. */
#ifndef NPLUS1_AGENT_PATCHING_UNKNOWN_H
#define NPLUS1_AGENT_PATCHING_UNKNOWN_H

#include "agent/patching/image.h"

/* Whether the function calls something that its compiler knew nothing of: a function in a register, in memory or of another
 * module, or calls a function that does, and so on. GCC lets callers within a module keep values in registers that a function is
 * seen to leave alone (-fipa-ra) and align the stack no more than it needs; of what calls the unknown it assumes what the ABI
 * says.
 */
bool unknown_is_called_by(const struct image *image, uintptr_t function);

#endif
