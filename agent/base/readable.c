#include "agent/base/readable.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>

#include "agent/base/system.h"

/* The kernel copies eight bytes from there before it refuses what is to be done with them (kernel/signal.c, rt_sigprocmask). */
static bool are_eight_readable(const char *at)
{
    return system_call(SYS_rt_sigprocmask, -1, (long)(uintptr_t)at, 0, 8, 0) == -EINVAL;
}

bool readable_word(const void *address)
{
    return (uintptr_t)address % sizeof(void *) == 0 && (uintptr_t)address >= 4096 && are_eight_readable(address);
}

/* There are at most two pages, and each has one of the two words. */
bool readable_bytes(const void *address, size_t size)
{
    const char *first = address;

    return are_eight_readable(first) && are_eight_readable(first + size - 8);
}
