/* What the agent keeps for each thread of the program. Only that thread touches it.
 *
 * thread_current() is how every wrapper begins: NULL when the agent has nothing to do (disabled, not started, out of memory, inside
 * itself), in which case the wrapper calls the real function and returns. It also notices that the process is a fork's child.
 *
 * When a thread ends, its state (and so its shard of the counters) is handed to the next new thread.
 */
#ifndef NPLUS1_THREAD_H
#define NPLUS1_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/memory.h"
#include "base/table.h"
#include "fingerprint.h"

struct stack_memos;
struct text_cache;

struct thread {
    uint32_t shard;      /* from 1 */
    uint32_t generation; /* of the recording that this state belongs to */
    struct thread *next_free;

    /* Collectors. */
    uintptr_t entry_frame; /* see collectors/sqlite3/entry.h */

    /* Stacks (stack.c). */
    uintptr_t stack_low, stack_high; /* the thread's own stack; both 0 while unknown */
    uint32_t stack_tries;
    struct stack_memos *memos;

    /* Counting (group.c). */
    uint64_t sequence;   /* executions of this thread so far */
    uint64_t unit;       /* the unit of work that it is in, see group.c */
    struct table groups; /* group id -> struct group_shard */
    struct pool pool;

    /* Statement texts (statement.c). */
    struct text_cache *texts;
    struct fingerprint scratch;
};

extern __thread struct thread *thread_self __attribute__((tls_model("initial-exec")));
extern volatile uint32_t *thread_process_mark; /* a page that fork wipes: 1 in the process that this state belongs to */

COLD struct thread *thread_enter(void);

static inline struct thread *thread_current(void)
{
    struct thread *thread = thread_self;

    if (likely(thread != NULL) && likely(*thread_process_mark != 0))
        return thread;
    return thread_enter();
}

/* Called by the constructor; false: no agent in this process. */
bool thread_start(void);

/* Whether this process is the one that the agent's state belongs to: not so in a fork's child that has run no statement. */
bool thread_process_is_ours(void);

/* There is no place to record to: from now on every thread_current() is NULL. */
void thread_stop(void);

#endif
