/* Frames that say where a statement comes from. */
#ifndef NPLUS1_EXPORTER_BUILD_PLACES_H
#define NPLUS1_EXPORTER_BUILD_PLACES_H

#include "exporter/model/model.h"

/* Sets `location` of every group. One thread at a time. */
void places_locate(struct model *model);

/* How well the frame says where a statement comes from: the program's own code, failing that its executable, failing that anything
 * outside the database. Pure. */
int places_rank(const struct model_frame *frame);

/* The innermost of the best frames from the node outwards; MODEL_NONE stays. Pure. */
uint32_t places_nearest(const struct model *model, uint32_t node);

#endif
