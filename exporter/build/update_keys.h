/* Which parameters of an UPDATE name the row. Pure. */
#ifndef NPLUS1_EXPORTER_BUILD_UPDATE_KEYS_H
#define NPLUS1_EXPORTER_BUILD_UPDATE_KEYS_H

#include "exporter/model/model.h"

/* Whether the edge's parameter is what an UPDATE finds its rows by: of those that it sets nobody is told which row is meant. Read
 * from the text itself, as what it computes (total + ?) is nothing that could be rewritten. */
bool key_of_update(const struct model *model, const struct model_edge *edge);

#endif
