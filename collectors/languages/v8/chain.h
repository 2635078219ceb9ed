/* A number for a stack of V8, from the chain of frames that the engine and what calls it keep (rbp).
 *
 * Plain loads from the calling thread's own stack; pure but for the clock. */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_CHAIN_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

/* From above `slot` up to `high`, the end of the stack. False: there is no chain. */
bool chain_identify(uintptr_t slot, uintptr_t high, uint64_t *ret);

#endif
