#include "agent/base/clock.h"

#include <cpuid.h>
#include <sys/platform/x86.h>
#include <time.h>

bool clock_has_tsc;

static struct clock_point start WRITTEN_AT_START;

/* What ld.so has asked the processor: to ask again takes 10 us in a virtual machine. Weak: libc is to be all that we need. */
extern __typeof__(__x86_get_cpuid_feature_leaf) __x86_get_cpuid_feature_leaf __attribute__((weak));

/* CPUID 0x80000007 EDX bit 8, "invariant TSC" (AMD APM volume 3, Intel SDM volume 3 section 18.17.4). */
static bool tsc_is_invariant(void)
{
    unsigned a, b, c, d;

    if (__x86_get_cpuid_feature_leaf) /* glibc 2.33 */
        return CPU_FEATURE_PRESENT(INVARIANT_TSC);
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1U << 8);
}

uint64_t clock_monotonic_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

struct clock_point clock_now(void)
{
    struct clock_point now;

    now.monotonic_ns = clock_monotonic_ns();
    now.ticks = clock_has_tsc ? __rdtsc() : now.monotonic_ns;
    return now;
}

void clock_start(void)
{
    start.monotonic_ns = clock_monotonic_ns(); /* in this order: its first call waits for a page */
    start.ticks = __rdtsc();
}

void clock_look(void)
{
    clock_has_tsc = tsc_is_invariant();
}

uint64_t clock_ticks_per_second(void)
{
    struct clock_point now = clock_now();
    uint64_t ns = now.monotonic_ns - start.monotonic_ns;

    if (!clock_has_tsc)
        return 1000000000U;
    /* Reading the two clocks of a point apart costs up to 100 ns: an interval of 100 us gives 0.1 %. */
    if (ns < 100000)
        return 0;
    return (uint64_t)((unsigned __int128)(now.ticks - start.ticks) * 1000000000U / ns);
}
