/* Units of work: what a thread does for one request, one job, one test case. What belongs together is counted together.
 *
 * In this order: a scope of the program's (scope.h), a transaction (transaction.h), what happens between two waits for input that
 * is not a database's (descriptors.h), an unbroken repeating pattern.
 *
 * Beginnings and ends only bump counters of the thread: each group notices when it runs next. Safe in signal handlers.
 */
#ifndef NPLUS1_AGENT_UNIT_UNIT_H
#define NPLUS1_AGENT_UNIT_UNIT_H

#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/process/thread.h"

/* At the least, a unit is an unbroken repeating pattern of one thread: it ends when the thread changes from one group to another
 * more often than this before it is back. Whatever else ends a unit makes thread->sequence jump that far. */
#define UNIT_GAP 1024

/* Counting begins anew, but the rows that were read before may still be where the next parameters come from: a wait for an answer
 * that the program asked for, a time without statements, a scope inside of another. */
static inline void unit_pause(struct thread *thread)
{
    thread->sequence += UNIT_GAP + 1;
    thread->boundary = thread->sequence;
    thread->last_shard = NULL;
}

/* Other work begins: a row that was read before explains nothing of it. */
static inline void unit_end(struct thread *thread)
{
    unit_pause(thread);
    thread->unit++;
    thread->waits++;
}

/* Ticks without a statement after which what comes is something else: a poll, not a loop. 30 to 70 ms by the clock of a CPU. */
#define UNIT_IDLE (UINT64_C(1) << 27)

COLD void unit_idle(struct thread *thread);

#endif
