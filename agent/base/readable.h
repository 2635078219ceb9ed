/* Whether memory can be read, asked before it is read: for structures of somebody else's that may not be what they seem. */
#ifndef NPLUS1_AGENT_BASE_READABLE_H
#define NPLUS1_AGENT_BASE_READABLE_H

#include <stdbool.h>
#include <stddef.h>

/* The aligned word at an address. A system call without effect, some 100 ns. Any thread; allocates nothing, leaves errno alone.
 */
bool readable_word(const void *address);

/* 8 to 4096 bytes, aligned or not. Two of these calls; preserves errno. */
bool readable_bytes(const void *address, size_t size);

#endif
