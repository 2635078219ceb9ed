#include "collectors/languages/native/native.h"

static size_t walk(uintptr_t *addresses, size_t max)
{
    return 0;
}

static size_t walk_slots(uintptr_t *addresses, uintptr_t *slots, size_t max)
{
    return 0;
}

static bool start(const char **why)
{
    *why = "nplus1 was built without libunwind: stacks have one frame only";
    return false;
}

const struct native_walker native_libunwind = {
    .name = "native",
    .start = start,
    .walk = walk,
    .walk_slots = walk_slots,
};
