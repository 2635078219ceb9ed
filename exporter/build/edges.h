/* Which edge explains a group, and what else would. One thread at a time. */
#ifndef NPLUS1_EXPORTER_BUILD_EDGES_H
#define NPLUS1_EXPORTER_BUILD_EDGES_H

#include "exporter/advice/sql/statement.h"
#include "exporter/model/model.h"

/* Sets `edge`, `second` and `also` of every group. */
void edges_choose(struct model *model, struct sql_statements *parsed);

/* Whether the second explains the group's parameter as well as its edge does, so that neither is sure: neither the values, nor
 * their order, nor the names of the columns tell them apart. */
bool edges_are_tied(const struct model *model, uint32_t group, struct sql_statements *parsed);

#endif
