/* System calls made directly, for x86-64 (System V ABI, AMD64 supplement, A.2.1): none of them is a cancellation point, touches
 * errno, or is a function that the program or another preload has put something in front of. */
#ifndef NPLUS1_AGENT_BASE_SYSTEM_H
#define NPLUS1_AGENT_BASE_SYSTEM_H

#include <sys/syscall.h>

/* The result, or the negated number of the error. */
static inline long system_call6(long number, long a, long b, long c, long d, long e, long f)
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

static inline long system_call(long number, long a, long b, long c, long d, long e)
{
    return system_call6(number, a, b, c, d, e, 0);
}

#endif
