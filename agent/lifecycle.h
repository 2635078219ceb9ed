/* Beginning and end of the agent in a process, and the changes of its loaded libraries. */
#ifndef NPLUS1_LIFECYCLE_H
#define NPLUS1_LIFECYCLE_H

#include <stdint.h>

#include "agent/base/compiler.h"

/* Goes up whenever a library may have been unloaded: caches of addresses compare it. Any thread. */
extern HIDDEN _Atomic uint32_t lifecycle_loader_changes;

/* The real dlclose, for a handle whose library stays loaded: nothing changes. */
int lifecycle_give_back(void *handle);

#endif
