/* The cost of a tree of findings in round trips, now and after following every advice. Pure. */
#ifndef NPLUS1_EXPORTER_MODEL_COST_H
#define NPLUS1_EXPORTER_MODEL_COST_H

#include "exporter/model/model.h"

struct cost {
    uint64_t now, fixed; /* executions: the root's, and those of the findings */
};

/* findings: indexes of the model's, all of one root, a finding of the root itself among them if it is to count as one. */
struct cost cost_of(const struct model *model, uint32_t root, const uint32_t *findings, uint32_t count);

#endif
