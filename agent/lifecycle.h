/* Beginning, forks and end of the agent in a process: the only file that knows every room. */
#ifndef NPLUS1_AGENT_LIFECYCLE_H
#define NPLUS1_AGENT_LIFECYCLE_H

#include "agent/base/compiler.h"
#include "agent/process/thread.h"

extern HIDDEN const struct thread_hooks lifecycle_hooks;

#endif
