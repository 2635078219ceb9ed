/* Visits: what a group does in a scope, a record with a share of counters for each thread.
 *
 * A stay in a scope is a difference of the group's own counters, so the path of a statement does not know of scopes.
 */
#ifndef NPLUS1_AGENT_GROUP_VISIT_H
#define NPLUS1_AGENT_GROUP_VISIT_H

#include "agent/base/compiler.h"

struct group_shard;
struct thread;

/* The share's group runs for the first time since its thread entered or left a scope. Takes the recording's lock for what is new;
 * what does not fit is left out, and counted so. */
COLD void visit_now(struct thread *thread, struct group_shard *shard);

/* Called at each such moment, before the execution counts; given once, by the constructor. */
void visit_start(void (*noticed)(struct thread *thread, struct group_shard *shard));

void visit_reset_after_fork(void);

#endif
