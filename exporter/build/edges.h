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

/* Of the group's edge and those that stand in the same rows the one that says most to a reader: of an UPDATE or DELETE the first
 * that its WHERE compares, as by that it picks the row, where others are values that it writes, or checks besides. A group without
 * an edge has none. */
uint32_t edges_to_tell(const struct model *model, uint32_t group, struct sql_statements *parsed);

#endif
