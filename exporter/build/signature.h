/* Names that stay the same from run to run: of the site of a group, and of a finding. One thread at a time. */
#ifndef NPLUS1_EXPORTER_BUILD_SIGNATURE_H
#define NPLUS1_EXPORTER_BUILD_SIGNATURE_H

#include "exporter/model/model.h"

/* Sets `site` of every group, from its statement, database system and the program's own functions on the stack. */
void signature_name_sites(struct model *model);

/* The finding's stable name, from its kind and its group's site. */
uint64_t signature_compute(const struct model *model, enum verdict_kind kind, uint32_t group);

#endif
