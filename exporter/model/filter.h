/* Which findings of a model are shown. Totals, groups and statements stay as they are. */
#ifndef NPLUS1_EXPORTER_MODEL_FILTER_H
#define NPLUS1_EXPORTER_MODEL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/model/kind.h"
#include "exporter/model/model.h"

/* Zeroed: all. */
struct model_filter {
    bool some_kinds; /* only those of `kinds` */
    bool kinds[KIND_COUNT];
    uint64_t least_executions;
    uint32_t most; /* findings, the first ones; 0: any number */
};

/* Takes the others out, and leaves a note of how many they are. */
void model_filter_findings(struct model *model, const struct model_filter *filter);

#endif
