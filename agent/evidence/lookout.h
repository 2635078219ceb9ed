/* What a child knows of where its values come from: the columns that are compared, and the one that is chosen. Belongs to the
 * thread of its share. */
#ifndef NPLUS1_AGENT_EVIDENCE_LOOKOUT_H
#define NPLUS1_AGENT_EVIDENCE_LOOKOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/evidence/episodes.h"
#include "agent/evidence/source.h"
#include "exporter/stream/counters.h"

struct group_shard;
struct verdict_evidence;

#define CANDIDATES 8 /* columns that are compared for one child */

/* A column that held one of the child's values. */
struct candidate {
    struct source *source; /* NULL: unused */
    uint32_t serial;       /* of the source when this was noted */
    uint8_t column, slot;
    uint32_t matches;         /* of the child's searches */
    uint64_t seen;            /* bit per value, by hash: different values, up to 64 */
    struct episodes episodes; /* of the searches */
};

/* What a child knows of its sources. */
struct lookout {
    uint32_t searches;
    struct candidate candidate[CANDIDATES];
    struct candidate *chosen; /* NULL: none yet */
    uint32_t edge;            /* 0: it does not fit into the recording */
    uint64_t *counters;       /* of the chosen edge, in the recording or below */
    uint64_t unrecorded[2 * EDGE_LAST];
    struct episodes episodes; /* of the chosen one */
    uint64_t calm;            /* executions until the next search */
    uint64_t misses;          /* in a row */
};

static inline bool candidate_is_valid(const struct candidate *candidate)
{
    return candidate->source && candidate->source->serial == candidate->serial;
}

/* The edge that the share's parameters came over so far; false: none is known. */
bool lookout_evidence(const struct group_shard *shard, struct verdict_evidence *evidence, uint32_t *ret_edge);

#endif
