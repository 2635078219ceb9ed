/* Frames that say where a statement comes from. One thread at a time. */
#ifndef NPLUS1_EXPORTER_BUILD_PLACES_PLACES_H
#define NPLUS1_EXPORTER_BUILD_PLACES_PLACES_H

#include "exporter/model/model.h"

/* Sets `rank` and `is_wrapper` of every frame, and `location` of every group. */
void places_locate(struct model *model);

/* The node of the innermost of the best frames from the node outwards, once they have ranks; MODEL_NONE stays. */
uint32_t places_nearest(const struct model *model, uint32_t node);

/* Whether it is a mapper's, a driver's or a framework's, as far as its place was decided by that. After places_locate. */
bool places_is_plumbing(const struct model_frame *frame);

#endif
