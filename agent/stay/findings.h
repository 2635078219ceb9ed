/* What is wrong in the scope that a thread is in, before it ends: the verdict over what was counted in it alone, by this thread,
 * by scopes within it, and by threads that work for it (scope.h).
 *
 * The thread's own calls. Takes the recording's lock for a moment and memory that is given back; costs a look at each group of
 * the thread, so it is for tests and the like, not for each request of a server.
 */
#ifndef NPLUS1_AGENT_STAY_FINDINGS_H
#define NPLUS1_AGENT_STAY_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/evidence/finding.h"

struct thread;

struct scope_finding {
    const struct group *group;
    const struct group *parent; /* NULL: none is known */
    const char *parent_column;  /* of the parent's result; NULL with it */
    uint32_t parameter;         /* of the group's statement, from 1 on; 0: none */
    struct verdict verdict;
    struct finding_numbers numbers; /* in the scope; times in ticks */
    uint64_t matches;               /* executions that took their value from the parent's rows */
};

/* The surest first, then those with the most executions. The caller gives them back. 0: nothing is wrong, the thread is in no
 * scope of the program's, or there was no memory. */
uint32_t scope_findings_now(struct thread *thread, struct scope_finding **ret);
/* Executions in the scope so far that are no control of transactions. */
uint64_t scope_executions_now(struct thread *thread);

void scope_findings_free(struct scope_finding *findings, uint32_t count); /* takes NULL */

#endif
