/* The rest of a composite key: parameters whose values stand in the same row that the chosen column was met in. Belongs to the
 * thread of the child. */
#ifndef NPLUS1_AGENT_EVIDENCE_COMPANIONS_H
#define NPLUS1_AGENT_EVIDENCE_COMPANIONS_H

#include "agent/evidence/lookout.h"

/* After a search: looks into the row of the chosen column, where it was met, for the other parameters. slots: how many the
 * child's text has. Now and then takes the recording's lock. */
void companions_look(struct thread *thread, const struct group_shard *shard, struct lookout *lookout, uint32_t slots);

#endif
