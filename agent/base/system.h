/* System calls made directly, for x86-64 (System V ABI, AMD64 supplement, A.2.1): none of them is a cancellation point, touches
 * errno, or is a function that the program or another preload has put something in front of. */
#ifndef NPLUS1_AGENT_BASE_SYSTEM_H
#define NPLUS1_AGENT_BASE_SYSTEM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "agent/base/compiler.h"

/* linux_dirent64, which getdents64(2) gives. */
struct directory_entry {
    uint64_t inode;
    int64_t offset;
    uint16_t length;
    uint8_t type;
    char name[];
};

/* A seccomp filter may kill for a call, or nobody has looked yet whether there is one (sandbox/sandbox.h). */
extern HIDDEN _Atomic bool system_is_limited;

static inline bool system_limited(void)
{
    return atomic_load_explicit(&system_is_limited, memory_order_relaxed);
}

/* Past all filters that are known: for the few that know better. */
static inline long system_call_now(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* Asks first: -EPERM, and no call, where it would harm the program. */
COLD long system_call_limited(long number, long a, long b, long c, long d, long e, long f);

/* The result, or the negated number of the error. */
static inline long system_call6(long number, long a, long b, long c, long d, long e, long f)
{
    if (unlikely(system_limited()))
        return system_call_limited(number, a, b, c, d, e, f);
    return system_call_now(number, a, b, c, d, e, f);
}

static inline long system_call(long number, long a, long b, long c, long d, long e)
{
    return system_call6(number, a, b, c, d, e, 0);
}

#endif
