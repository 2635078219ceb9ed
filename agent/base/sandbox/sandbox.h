/* What seccomp filters let the agent do. A program that puts itself into a sandbox means its own calls: one of ours that it does
 * not make itself may be answered by killing it. So a filter that is set up through libc is read before it holds
 * (collectors/libc), and asked before each system call; one that was there when the program began, which cannot be read, has been
 * tried out (trial.h).
 *
 * A filter that is neither, as it was set up past libc, is not known. Any thread; allocates nothing but pages for the filters;
 * errno is preserved.
 */
#ifndef NPLUS1_AGENT_BASE_SANDBOX_SANDBOX_H
#define NPLUS1_AGENT_BASE_SANDBOX_SANDBOX_H

#include <stdbool.h>

#include "agent/base/system.h"

struct sandbox_filter;

enum sandbox_reach {
    SANDBOX_THREAD,    /* the calling one alone */
    SANDBOX_NEW,       /* and those that it starts */
    SANDBOX_ALL_THERE, /* and all that there are */
};

/* Before the real call: holds from now on. program: what the caller hands the kernel (struct sock_fprog), which may be
 * anything; NULL in strict mode. NULL: the kernel will refuse it, too. */
struct sandbox_filter *sandbox_add(const void *program, bool is_strict, enum sandbox_reach reach);
void sandbox_withdraw(struct sandbox_filter *filter); /* the real call failed. NULL: nothing */

/* The calling thread enters the agent: which filters it is under can be told from now on. Before that it is under all of them. */
void sandbox_enter(void);

/* Whether a call does the calling thread no harm: for those that functions of libc make. */
bool sandbox_permits_call(long number, long a, long b, long c, long d);

static inline bool sandbox_permits(long number, long a, long b, long c, long d)
{
    return likely(!system_limited()) || sandbox_permits_call(number, a, b, c, d);
}

/* Whether the calling thread may do what each section under a lock needs. It does nothing else in the agent. */
bool sandbox_lets_work_now(void);

static inline bool sandbox_lets_work(void)
{
    return likely(!system_limited()) || sandbox_lets_work_now();
}

#endif
