/* Provenance: from which column of which earlier result set a parameter came.
 *
 * As a child, a group's share looks for its parameters' values in the thread's sources (source.h): all of them during its first
 * executions and now and then later, after that only in the one column where they were found. Columns are compared by the bits of
 * evidence that speak for each (candidates.h, walk.h). Groups that never match search ever more rarely.
 *
 * As a parent, a group's rows are captured during its first executions, always once a parameter came from them (the columns in
 * question only), and for a while when another group has begun to repeat itself and nobody knows its source.
 *
 * Everything belongs to one thread; edges are shared records with a share of counters for each thread.
 */
#ifndef NPLUS1_AGENT_EVIDENCE_PROVENANCE_H
#define NPLUS1_AGENT_EVIDENCE_PROVENANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/source/source.h"
#include "agent/process/thread.h"
#include "agent/statement/values.h"

struct group_shard;
struct transaction;

#define PROVENANCE_NEVER UINT64_MAX

/* An execution of the share begins, and shard->look_in has come down to 0. */
NOINLINE void provenance_look(struct thread *thread, struct group_shard *shard, const struct statement_text *text,
                              const struct values *values, const struct transaction *connection);

/* Notes the values given to an execution that may be captured. */
void provenance_given(const struct statement_text *text, const struct values *values, const struct transaction *connection,
                      struct source_given *ret);

/* An execution of the share gives its first row and is to be captured; NULL: it is not. */
NOINLINE struct source *provenance_capture(struct thread *thread, struct group_shard *shard, const struct source_given *given);

/* The columns of which the source wants the values, bits. Others are not worth reading. */
static inline uint64_t provenance_wanted(const struct source *source)
{
    return !source->matched || source->captures <= 16 ? UINT64_MAX : source->matched;
}

static inline bool provenance_wants(const struct source *source, uint32_t column)
{
    return (provenance_wanted(source) >> column & 1) != 0;
}

void provenance_reset_after_fork(void);

#endif
