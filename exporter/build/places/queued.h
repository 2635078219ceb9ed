/* Statements that one line asks all at once on one connection. The first is sent while the program's functions stand on the
 * stack, the others when the driver comes to them, and then only those are known that await what comes. These are one place. */
#ifndef NPLUS1_EXPORTER_BUILD_PLACES_QUEUED_H
#define NPLUS1_EXPORTER_BUILD_PLACES_QUEUED_H

#include <stdint.h>

#include "exporter/model/model.h"
#include "exporter/recording/recording.h"

/* nodes: of the recording's stacks, in the model. Of each group its node, or that of the whole stack behind which it was queued;
 * the caller's to free. */
uint32_t *queued_stacks(const struct model *model, const struct recording *r, const uint32_t *nodes);

#endif
