/* The one place where evidence for a verdict is put together: the agent does so from its own counters, readers from the sums of
 * recordings, and both say the same. Pure; any thread; allocates nothing.
 */
#ifndef NPLUS1_EXPORTER_STREAM_EVIDENCE_H
#define NPLUS1_EXPORTER_STREAM_EVIDENCE_H

#include "exporter/stream/verdict.h"

#define EVIDENCE_LEVELS 64 /* levels of nesting that are followed */

/* What a verdict asks of a group besides numbers. */
struct evidence_subject {
    uint32_t verb; /* enum Verb of nplus1.proto */
    uint32_t text; /* verdict_text; 0: not searched */
    bool has_stack;
    bool is_remote; /* each execution is a round trip */
    bool is_memory; /* the database has no file */
};

/* An edge that leads to a group. */
struct evidence_edge {
    const struct edge_sums *sums;
    bool from_itself;  /* its parent is the group */
    bool parent_loops; /* its parent is itself one of many in a loop */
};

/* Whether nearly all of the group's executions took a value from its parent's rows, and that is no coincidence. */
bool evidence_holds(struct evidence_edge edge);

/* Which of two edges explains the group's values better, more than 0: `a` does. One that proves, then one that shows a
 * pagination, then the one with many more bits, then the one that the agent settled on more often, then the one that covers more;
 * 0: by what was counted they are equals, of which the one that was recorded first counts, unless names tell more. */
int evidence_compare(struct evidence_edge a, struct evidence_edge b);

/* Whether so many bits make an explanation better than one with the others. */
bool evidence_has_much_more(uint64_t bits, uint64_t than);

/* By the part of the executions that each covers. */
int evidence_compare_coverage(const struct edge_sums *a, const struct edge_sums *b);

/* One level of nesting: the numbers of the best edge to a group, and of the parent that it leads to. */
struct evidence_level {
    struct edge_sums sums;
    uint64_t parent_executions;
    uint64_t parent_distinct_values;
    bool parent_has_limit; /* as who looks for the next job has: a key that a sequence gives, or MAX(), is none */
};

/* The best edge to *group, if that one holds, and *group becomes the parent. False: there is none, and both stay. */
typedef bool (*evidence_step)(const void *context, uintptr_t *group, struct evidence_level *ret);

/* How a group hangs on its parents. */
struct evidence_fan_out {
    uint64_t most;  /* executions that one of the parent causes */
    bool is_polled; /* one for each answer to a question that is asked again and again */
};

/* A parent with one row causes one execution, but when it is itself one of many, so is the child: then the number is that of the
 * level above. */
struct evidence_fan_out evidence_fan_out(evidence_step step, const void *context, uintptr_t group);

/* counters: settled (sums.h); facts: times in nanoseconds; edge: the best one, its sums NULL when there is none; fan_out: of the
 * group. repeated_elsewhere and executions_elsewhere are for who knows all places that ask alike. */
struct verdict_evidence evidence_build(const struct evidence_subject *subject, const uint64_t counters[COUNTER_LAST],
                                       const uint64_t facts[FACT_LAST], struct evidence_edge edge,
                                       struct evidence_fan_out fan_out);

#endif
