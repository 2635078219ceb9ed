#include "agent/base/readable.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/base/system.h"

/* The kernel copies eight bytes from there before it refuses what is to be done with them (kernel/signal.c, rt_sigprocmask). */
bool readable_word(const void *address)
{
    return (uintptr_t)address % sizeof(void *) == 0 && (uintptr_t)address >= 4096 &&
           syscall(SYS_rt_sigprocmask, -1, address, NULL, 8) == -1 && errno == EINVAL;
}

/* There are at most two pages, and each has one of the two words. */
bool readable_bytes(const void *address, size_t size)
{
    const char *first = address, *last = first + size - 8;

    return system_call(SYS_rt_sigprocmask, -1, (long)(uintptr_t)first, 0, 8, 0) == -EINVAL &&
           system_call(SYS_rt_sigprocmask, -1, (long)(uintptr_t)last, 0, 8, 0) == -EINVAL;
}
