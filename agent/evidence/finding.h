/* A group's numbers, the verdict that they amount to, and the record of it. */
#ifndef NPLUS1_AGENT_EVIDENCE_FINDING_H
#define NPLUS1_AGENT_EVIDENCE_FINDING_H

#include <stdint.h>

#include "agent/group/shard.h"
#include "exporter/stream/evidence.h"

/* Summed over the shares that are looked at; times in ticks. Zeroed to begin with. */
struct finding_numbers {
    struct counter_sums counters;
    struct fact_sums facts;
};

/* Any thread: the share's own may go on counting. */
void finding_add(struct finding_numbers *numbers, const struct group_shard *shard);

/* edge: its sums NULL when there is none. surer_than: a confidence up to which it may as well be none. Pure but for the clock,
 * whose ticks it converts. */
struct verdict finding_decide(const struct group *group, const struct finding_numbers *numbers, struct evidence_edge edge,
                              struct evidence_fan_out fan_out, uint32_t surer_than);

/* Writes a Finding, whose kind may be none: what was written before no longer holds. Locked. */
void finding_write(struct group *group, struct verdict verdict, uint32_t edge, uint64_t executions);

#endif
