/* The columns that may be where a child's values come from, compared with each other. Belongs to the thread of the child. */
#ifndef NPLUS1_AGENT_EVIDENCE_CANDIDATES_H
#define NPLUS1_AGENT_EVIDENCE_CANDIDATES_H

#include "agent/evidence/lookout.h"

/* The place of a candidate: its own, a free one, or that of one which says less than any that the child has had for as long.
 * NULL: there is none. */
struct candidate *candidate_place(struct thread *thread, struct lookout *lookout, const struct statement_text *text,
                                  struct source *source, uint32_t column, uint32_t slot);

/* The one of this column and slot; NULL: there is none. */
struct candidate *candidate_find(struct lookout *lookout, const struct source *source, uint32_t column, uint32_t slot);

/* Its column has the value, in this episode: at which row, and what that says. episodes: its own, or those of the chosen one. */
void candidate_meet(const struct thread *thread, struct candidate *candidate, struct episodes *episodes,
                    const struct group_shard *child, const struct transaction *connection, uint32_t episode, uint64_t value);

/* Whether a value found in the column may say anything: not what a statement was given and by its text may only give back. As
 * the best explanation such a column counts when it gave something else, too. */
bool candidate_may_count(const struct source *source, uint32_t column, const struct group_shard *child);

/* The same of a source of the calling thread, which keeps what its text says: a text is long to read. The column's name is known.
 */
bool candidate_may_count_own(struct source *source, uint32_t column, const struct group_shard *child);

/* The best explanation there is: three of four searches, at least two, at least two different values; NULL: none. */
struct candidate *candidate_best(struct lookout *lookout, const struct group_shard *child);

/* Whether two explain the same executions: then one of them is wrong, and they are compared; else both may be parents. */
bool candidate_is_rival(const struct candidate *candidate, const struct candidate *other);

/* Whether it had each value that the other one had: then that one is no parent beside it. */
bool candidate_covers(const struct candidate *candidate, const struct candidate *other);

/* Where no column explains enough by itself: tasks that take turns go through the rows of one parent each. Of columns that prove
 * what they explain, and explain most of it together, each executions of its own, the first; the others are marked as what the
 * values may have moved to. NULL: there are none. */
struct candidate *candidate_of_several(struct lookout *lookout, const struct group_shard *child);

/* The best one after that; NULL: none. */
struct candidate *candidate_second(struct lookout *lookout, const struct candidate *best, const struct group_shard *child);

/* After a search of some slots (bits): those whose column did not have the value, but for the chosen one, which is asked by
 * itself.
 */
void candidates_missed(const struct thread *thread, struct lookout *lookout, uint32_t slots);

/* Lets old matches count less and less. */
void candidates_fade(struct lookout *lookout);

#endif
