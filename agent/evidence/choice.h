/* The column that a child's values are said to come from, and what is written down of it. */
#ifndef NPLUS1_AGENT_EVIDENCE_CHOICE_H
#define NPLUS1_AGENT_EVIDENCE_CHOICE_H

#include <stdint.h>

#include "agent/evidence/lookout.h"

struct group;
struct thread;

/* From now on the child's parameters are expected in this column. What its searches found there so far counts; the column before
 * this one is taken back. slots: how many the child's text has. */
void choice_make(struct thread *thread, const struct group *child, struct lookout *lookout, struct candidate *candidate,
                 uint32_t slots);

/* The same, where each of the two explains what the other does not, as both are parents: what the column before found stays so.
 */
void choice_pass_on(struct thread *thread, const struct group *child, struct lookout *lookout, struct candidate *candidate,
                    uint32_t slots);

/* The chosen one has been searched for, as all candidates: what its searches found is written down. */
void choice_update(struct lookout *lookout);

/* Writes down how many episodes have how many children; before: what the edge's counters were when its column was chosen. */
void choice_set_sizes(struct lookout_edge *edge, const uint64_t *before, const struct episodes *episodes);

/* Takes back the counts that the chosen column's edge got since it was chosen. */
void choice_take_back(struct lookout *lookout);

/* Writes down which column would explain the values next best, so that readers can say how sure the best one is. */
void choice_note_second(struct thread *thread, const struct group_shard *shard, struct lookout *lookout, uint32_t slots);

/* After a search: looks into the row that the chosen column was met in for the child's other parameters, the rest of a composite
 * key. Now and then takes the recording's lock. */
void choice_note_companions(struct thread *thread, const struct group_shard *shard, struct lookout *lookout, uint32_t slots);

#endif
