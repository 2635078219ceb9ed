#include "agent/base/readable.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel copies eight bytes from there before it refuses what is to be done with them (kernel/signal.c, rt_sigprocmask). */
bool readable_word(const void *address)
{
    return (uintptr_t)address % sizeof(void *) == 0 && (uintptr_t)address >= 4096 &&
           syscall(SYS_rt_sigprocmask, -1, address, NULL, 8) == -1 && errno == EINVAL;
}
