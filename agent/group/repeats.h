/* Questions that were asked at one place of the program, and in the same unit of work at another one: the same statement with the
 * same values on one database, from different stacks.
 *
 * A group's own set of values (distinct.h) tells what one place repeats, and its look-up is on the path of every statement. This
 * is asked only when that set says that the values are new in the group's unit of work. It remembers a thread's latest questions,
 * REPEATS_KEPT at the most, so what lies further back is not seen; what it says is exact. The set's unit of work is the group's
 * own; here it is what the thread did lately: since the last jump of thread->sequence, in one transaction, without a write.
 */
#ifndef NPLUS1_AGENT_GROUP_REPEATS_H
#define NPLUS1_AGENT_GROUP_REPEATS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/group/group.h"

#define REPEATS_KEPT  512
#define REPEATS_ALONE 64 /* executions of a statement that has one place: more are a loop, and nobody else asks */

struct thread;

/* Whether repeats_ask is to be called. */
static inline bool repeats_matter(const struct group_shard *shard)
{
    const struct statement *statement = shard->group->statement;

    return statement->verb == SQL_SELECT && (__atomic_load_n(&statement->places, __ATOMIC_RELAXED) > 1 ||
                                             *counters_word(shard->counters, COUNTER_EXECUTIONS) <= REPEATS_ALONE);
}

/* A SELECT of the share is executed with values that are new in its unit of work; values: as of group_execute. The thread's own
 * call; allocates 8 KiB once for each thread, never fails. */
void repeats_ask(struct thread *thread, struct group_shard *shard, uint64_t values);

#endif
