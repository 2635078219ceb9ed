/* Where two stacks part, from the outside in. One thread at a time. */
#ifndef NPLUS1_EXPORTER_BUILD_PLACES_MEETING_H
#define NPLUS1_EXPORTER_BUILD_PLACES_MEETING_H

#include "exporter/model/model.h"

struct meetings;

/* Looks at every node once; the model stays as it is meanwhile. */
struct meetings *meetings_create(const struct model *model);
void meetings_destroy(struct meetings *meetings);

/* The node of the stack `own` for the innermost call that both stacks are below, whoever's code it is in: itself a part of both,
 * or the same function at another line in the two. MODEL_NONE: they share none. Both are nodes, MODEL_NONE for no stack. */
uint32_t meetings_find(struct meetings *meetings, uint32_t own, uint32_t other);

/* Frames from the outermost one to the node; 0: of no node. */
uint32_t meetings_depth(const struct meetings *meetings, uint32_t node);

#endif
