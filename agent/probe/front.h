/* Other preloads in front of this one: the program calls their function, which calls ours. So does the library when it calls
 * itself, and who calls is then told by the frame behind theirs. */
#ifndef NPLUS1_AGENT_PROBE_FRONT_H
#define NPLUS1_AGENT_PROBE_FRONT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"

extern HIDDEN bool front_is_there; /* known when a connection has been opened */

/* Whether there is one, looked for once. Any thread; takes the loader's lock, and allocates. */
void front_look(void);

/* The slot of the return address behind the frames of whoever stands in front, by a walk of some 10 us; `slot` itself when it
 * returns to somebody else. */
COLD const uintptr_t *front_walk(const uintptr_t *slot);

static inline const uintptr_t *front_behind(const uintptr_t *slot)
{
    return likely(!front_is_there) ? slot : front_walk(slot);
}

#endif
