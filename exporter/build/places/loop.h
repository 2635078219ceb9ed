/* Where the loop of a finding stands, which need not be where the statement is sent: helpers and mappers come in between. */
#ifndef NPLUS1_EXPORTER_BUILD_PLACES_LOOP_H
#define NPLUS1_EXPORTER_BUILD_PLACES_LOOP_H

#include "exporter/model/model.h"

/* Sets `loop` of every finding. Its parent and kind are known, and the groups' locations. One thread at a time. */
void loops_locate(struct model *model);

#endif
