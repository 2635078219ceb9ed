/* Baselines: what the counters of a share were when its group first ran in a scope that the program began. What happened in the
 * scope is the difference. One for each level of nested scopes; used again for the next scope of that level.
 *
 * The thread's own calls, but for baseline_of, which may be asked of another thread's share. Nothing fails: without memory a
 * share has no baseline, and so no findings in the scope.
 */
#ifndef NPLUS1_AGENT_STAY_BASELINE_H
#define NPLUS1_AGENT_STAY_BASELINE_H

#include <stdint.h>

#include "agent/evidence/finding.h"
#include "agent/group/shard.h"
#include "agent/process/thread.h"

struct baseline {
    uint32_t stay; /* whose baseline this is, see scope.h */
    uint32_t edge; /* that the share's parameters came over; 0: none was known */
    struct finding_numbers numbers;
    struct edge_sums sums; /* of the edge */
};

/* The share's group is about to run, for the first time since its thread entered or left a scope. */
void baseline_note(struct thread *thread, struct group_shard *shard);

/* That of a level, if it belongs to the stay; NULL: the group did not run in it. */
const struct baseline *baseline_of(const struct thread *thread, const struct group_shard *shard, uint32_t level, uint32_t stay);

/* What was counted since. The edge is the share's present one, *ret_edge its id; 0: there is none. */
void baseline_difference(const struct baseline *baseline, const struct group_shard *shard, struct finding_numbers *ret,
                         struct edge_sums *ret_sums, uint32_t *ret_edge, const struct group_shard **ret_parent);

/* What ran in the thread's innermost scope is not to count in those around it. Before that scope ends. */
void baseline_leave_out(struct thread *thread);

#endif
