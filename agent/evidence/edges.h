/* Edges of the recording: parent group . column -> child group . parameter, shared records with a share of counters per thread.
 */
#ifndef NPLUS1_AGENT_EVIDENCE_EDGES_H
#define NPLUS1_AGENT_EVIDENCE_EDGES_H

#include <stdint.h>

#include "agent/evidence/lookout.h"

struct group;
struct thread;

/* Names the candidate's edge and finds the thread's counters of it, which it may have used before. slots: how many the child's
 * text has; is_second: it is the second best. Takes the recording's lock when the thread has not used it yet; what does not fit
 * is counted where it counts for nothing. */
void edge_open(struct thread *thread, const struct group *child, const struct candidate *candidate, uint32_t slots,
               bool is_second, struct lookout_edge *ret);

static inline uint64_t *edge_word(const struct lookout_edge *edge, enum edge_counter field)
{
    return counters_word(edge->counters, field);
}

/* The highest id so far, and the groups of an edge. Locked. */
uint32_t edges_last(void);
void edges_ends(uint32_t edge, uint32_t *ret_parent, uint32_t *ret_child);

void edges_reset_after_fork(void);

#endif
