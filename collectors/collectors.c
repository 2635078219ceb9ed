/* The table by which the agent reaches its collectors: one row each. The agent's core includes none of them. */
#include "collectors/stack/native/native.h"
#include "walker.h"

const struct native_walker *const native_walker = &native_libunwind;
