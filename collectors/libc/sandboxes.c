/* How a program puts itself into a sandbox, interposed so that the agent keeps to what it leaves (agent/base/sandbox); how it
 * takes the TSC away; and how a thread has its system calls handed to itself (PR_SET_SYSCALL_USER_DISPATCH), which is left alone
 * then. Everything else passes, by a jump: what it does may return twice, or on another stack. Any thread. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "agent/base/clock.h"
#include "agent/base/compiler.h"
#include "agent/base/sandbox/sandbox.h"
#include "agent/process/thread.h"
#include "collectors/libc/streams.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH /* Linux 5.11 */
#define PR_SET_SYSCALL_USER_DISPATCH 59
#define PR_SYS_DISPATCH_ON           1
#endif

typedef long system_function(long number, long a, long b, long c, long d, long e, long f);
typedef int prctl_function(int option, long a, long b, long c, long d);

static void *_Atomic syscall_real, *_Atomic prctl_real;

/* The child of a vfork has the memory of its parent, and a sandbox of its own. */
static bool is_anothers(void)
{
    return thread_process_is_ours() && thread_runs_in_a_child();
}

/* What is under way must not find the door shut in the middle: threads look at it when they come next. */
static struct sandbox_filter *get_ready(bool is_strict, const void *program, enum sandbox_reach reach)
{
    struct sandbox_filter *filter;
    int saved_errno = errno;

    if (thread_disabled || is_anothers())
        return NULL;
    clock_get_ready();
    thread_forget_all();
    filter = sandbox_add(program, is_strict, reach);
    errno = saved_errno;
    return filter;
}

/* Of SECCOMP_FILTER_FLAG_TSYNC the result may be a thread that could not be brought along. */
static bool has_failed(long result, long flags)
{
    return result < 0 || (result > 0 && flags & SECCOMP_FILTER_FLAG_TSYNC && !(flags & SECCOMP_FILTER_FLAG_NEW_LISTENER));
}

static bool sets_filter(long number, long operation)
{
    return number == SYS_seccomp && (operation == SECCOMP_SET_MODE_FILTER || operation == SECCOMP_SET_MODE_STRICT);
}

/* prctl(2) by its arguments. */
static bool is_watched(int option, long mode)
{
    return (option == PR_SET_SECCOMP && (mode == SECCOMP_MODE_FILTER || mode == SECCOMP_MODE_STRICT)) || option == PR_SET_TSC ||
           (option == PR_SET_SYSCALL_USER_DISPATCH && mode == PR_SYS_DISPATCH_ON);
}

static struct sandbox_filter *get_ready_for_prctl(int option, long a, long b)
{
    int saved_errno = errno;

    if (option == PR_SET_SECCOMP)
        return get_ready(a == SECCOMP_MODE_STRICT, (const void *)b, SANDBOX_NEW);
    if (option == PR_SET_SYSCALL_USER_DISPATCH)
        return get_ready(true, NULL, SANDBOX_THREAD);
    if (a == PR_TSC_SIGSEGV && !thread_disabled && !is_anothers()) {
        clock_leave_tsc();
        thread_forget_all();
    }
    errno = saved_errno;
    return NULL;
}

static NOINLINE long syscall_watched(long number, long a, long b, long c, long d, long e, long f)
{
    system_function *function = (system_function *)stream_real("syscall", &syscall_real);
    struct sandbox_filter *filter = NULL;
    long result;

    if (number == SYS_seccomp && sets_filter(number, a))
        filter = get_ready(a == SECCOMP_SET_MODE_STRICT, (const void *)c,
                           b & SECCOMP_FILTER_FLAG_TSYNC ? SANDBOX_ALL_THERE : SANDBOX_NEW);
    else if (number == SYS_prctl && is_watched((int)a, b))
        filter = get_ready_for_prctl((int)a, b, c);
    result = function(number, a, b, c, d, e, f);
    if (has_failed(result, number == SYS_seccomp ? b : 0))
        sandbox_withdraw(filter);
    return result;
}

long syscall(long number, long a, long b, long c, long d, long e, long f);
EXPORT HOT long syscall(long number, long a, long b, long c, long d, long e, long f)
{
    void *function = atomic_load_explicit(&syscall_real, memory_order_relaxed);

    if (likely(function != NULL) && likely(number != SYS_seccomp) && likely(number != SYS_prctl))
        return ((system_function *)function)(number, a, b, c, d, e, f);
    return syscall_watched(number, a, b, c, d, e, f);
}

static NOINLINE int prctl_watched(int option, long a, long b, long c, long d)
{
    prctl_function *function = (prctl_function *)stream_real("prctl", &prctl_real);
    struct sandbox_filter *filter = is_watched(option, a) ? get_ready_for_prctl(option, a, b) : NULL;
    int result = function(option, a, b, c, d);

    if (result < 0)
        sandbox_withdraw(filter);
    return result;
}

/* Not by the header, which says `...`: as the real one, it has what stands in the registers. */
int prctl_entry(int option, long a, long b, long c, long d) __asm__("prctl");
EXPORT int prctl_entry(int option, long a, long b, long c, long d)
{
    void *function = atomic_load_explicit(&prctl_real, memory_order_relaxed);

    if (likely(function != NULL) && likely(!is_watched(option, a)))
        return ((prctl_function *)function)(option, a, b, c, d);
    return prctl_watched(option, a, b, c, d);
}
