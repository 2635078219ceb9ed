/* The frames and stacks of a model: equal frames are one, and equal stacks one node of its tree, in whichever recordings they
 * are. One thread at a time. */
#ifndef NPLUS1_EXPORTER_BUILD_MERGE_STACKS_H
#define NPLUS1_EXPORTER_BUILD_MERGE_STACKS_H

#include <stdint.h>

#include "exporter/model/model.h"
#include "exporter/ownership/ownership.h"
#include "exporter/recording/tables.h"

struct stacks;

/* Both must outlive it. */
struct stacks *stacks_create(struct model *model, const struct ownership *ownership);

/* By stack of the recording: its node in the model, MODEL_NONE where it has none or no group needs it. The caller frees it. */
uint32_t *stacks_merge(struct stacks *stacks, const struct recording *recording);

void stacks_destroy(struct stacks *stacks); /* takes NULL */

#endif
