/* When a rule may first hold, and what is written down then. The thread's own calls; nothing fails. */
#ifndef NPLUS1_AGENT_EVIDENCE_JUDGE_H
#define NPLUS1_AGENT_EVIDENCE_JUDGE_H

#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/group/group.h"
#include "exporter/stream/evidence.h"

/* Writes down that a rule holds, the first time that it does, by what the share alone has seen. Takes the recording's lock then.
 */
void judge_group(struct group_shard *shard);

/* See evidence.h. Any thread. */
struct evidence_fan_out judge_fan_out(const struct group_shard *shard);

/* The process ends: judges every group by what all threads have seen, as a reader of the recording will, and writes down what
 * that changes. Any thread; takes the recording's lock, and gives back the memory that it takes. 1,000 instructions
 * for each group, 2,000 more where something may be wrong with it: less than a microsecond. */
void judge_all(void);

/* The values are not those that the share's unit of work saw last at their place in the set. Returns the share: so the caller
 * need not keep it in a register of its own. */
NOINLINE struct group_shard *judge_new_value(struct group_shard *shard, uint64_t values);

/* The same of an execution that is to be counted, before which something has happened. */
NOINLINE struct group_shard *judge_coming_back(struct thread *thread, struct group_shard *shard,
                                               const struct transaction *transaction, uint64_t values);

/* An execution of the group begins. transaction: of its connection. values: hash over all parameter and literal values, its upper
 * 48 bits neither all zeros nor all ones. The share. */
static inline struct group_shard *judge_execution(struct thread *thread, struct group_shard *shard,
                                                  const struct transaction *transaction, uint64_t values)
{
    if (!group_goes_on(thread, shard, transaction)) /* a value of before is not of this unit of work, most likely */
        return judge_coming_back(thread, shard, transaction, values);
    group_count(shard, COUNTER_EXECUTIONS, 1);
    if (!distinct_is_repeated(&shard->group->distinct, values, shard->unit_stamp))
        return judge_new_value(shard, values);
    group_count(shard, COUNTER_REPEATED, 1);
    return shard;
}

#endif
