/* Children whose parent was read by another thread: a pool that gets the parent's rows one by one, a task handed to a thread.
 *
 * Such children run in several threads, each of which sees some of the values: so what their group knows of its sources is
 * shared. It is looked at only when a search of the thread's own sources found nothing, during the first executions of the group,
 * behind a lock that is never waited for: whoever finds it taken leaves its execution to the thread that has it. What other
 * threads read is read without a lock; see source.h.
 */
#ifndef NPLUS1_AGENT_EVIDENCE_ELSEWHERE_H
#define NPLUS1_AGENT_EVIDENCE_ELSEWHERE_H

#include "agent/base/compiler.h"
#include "agent/evidence/lookout.h"

struct thread;

COLD void elsewhere_look(struct thread *thread, struct group_shard *shard, const struct provenance_question *question);

#endif
