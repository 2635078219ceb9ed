#include "agent/base/clock.h"

#include <cpuid.h>
#include <sys/platform/x86.h>
#include <time.h>

#include "agent/base/sandbox/sandbox.h"

#define SECOND   UINT64_C(1000000000)
#define LOOKS    100000 /* until so much has passed, where the clock may be asked */
#define SHORT_NS 100000 /* reading the two clocks of a point apart costs up to 100 ns: an interval of 100 us gives 0.1 % */

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

static bool has_no_tsc;         /* nobody may read it, and libc's clocks do */
static struct clock_point last; /* of the TSC, when it was left */
static uint64_t rate;           /* of the ticks then, each second; 0: it was left before there were any */
static _Atomic uint64_t latest; /* that is known of CLOCK_MONOTONIC, where it may not be asked */

bool clock_read(clockid_t which, struct timespec *ret)
{
    if (unlikely(has_no_tsc))
        return system_call(SYS_clock_gettime, which, (long)(uintptr_t)ret, 0, 0, 0) == 0;
    if (unlikely(!sandbox_permits(SYS_clock_gettime, which, (long)(uintptr_t)ret, 0, 0)))
        return false;
    clock_gettime(which, ret);
    return true;
}

/* Where no clock may be asked, time stands still. */
uint64_t clock_monotonic_ns(void)
{
    struct timespec t;

    if (unlikely(!clock_read(CLOCK_MONOTONIC, &t)))
        return latest;
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec;
}

void clock_get_ready(void)
{
    latest = clock_monotonic_ns();
}

static uint64_t ticks_of(uint64_t monotonic_ns)
{
    return rate ? last.ticks + (uint64_t)((unsigned __int128)(monotonic_ns - last.monotonic_ns) * rate / SECOND) : monotonic_ns;
}

uint64_t clock_other_ticks(void)
{
    return ticks_of(clock_monotonic_ns());
}

struct clock_point clock_now(void)
{
    struct clock_point now;

    now.monotonic_ns = clock_monotonic_ns();
    now.ticks = clock_has_tsc ? __rdtsc() : ticks_of(now.monotonic_ns);
    return now;
}

void clock_start(void)
{
    start.monotonic_ns = clock_monotonic_ns(); /* in this order: its first call waits for a page */
    start.ticks = __rdtsc();
}

void clock_look(void)
{
    clock_has_tsc = !has_no_tsc && tsc_is_invariant();
}

static uint64_t rate_until(const struct clock_point *now)
{
    return (uint64_t)((unsigned __int128)(now->ticks - start.ticks) * SECOND / (now->monotonic_ns - start.monotonic_ns));
}

void clock_leave_tsc(void)
{
    if (has_no_tsc)
        return;
    if (clock_has_tsc) {
        for (unsigned i = 0; i < LOOKS && (i == 0 || last.monotonic_ns - start.monotonic_ns < SHORT_NS); i++)
            last = clock_now();
        rate = last.monotonic_ns - start.monotonic_ns < SHORT_NS ? SECOND : rate_until(&last);
        clock_has_tsc = false;
    }
    has_no_tsc = true;
}

uint64_t clock_ticks_per_second(void)
{
    struct clock_point now = clock_now();

    if (!clock_has_tsc)
        return rate ? rate : SECOND;
    if (now.monotonic_ns - start.monotonic_ns < SHORT_NS)
        return 0;
    return rate_until(&now);
}
