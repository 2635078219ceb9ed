/* Decides on every group. One thread at a time. */
#ifndef NPLUS1_EXPORTER_BUILD_FINDINGS_H
#define NPLUS1_EXPORTER_BUILD_FINDINGS_H

#include "exporter/advice/sql/statement.h"
#include "exporter/model/model.h"

/* Fills the findings of the model with their advice, and edge, finding and site of its groups. */
void findings_decide(struct model *model, struct sql_statements *parsed);

#endif
