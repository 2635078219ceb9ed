/* Whether memory can be read, asked before it is read: for structures of somebody else's that may not be what they seem. */
#ifndef NPLUS1_AGENT_BASE_READABLE_H
#define NPLUS1_AGENT_BASE_READABLE_H

#include <stdbool.h>

/* The aligned word at an address. A system call without effect, some 100 ns; changes errno. Any thread; allocates nothing. */
bool readable_word(const void *address);

#endif
