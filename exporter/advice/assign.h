/* Gives each finding of a model its advice. One thread at a time. */
#ifndef NPLUS1_EXPORTER_ADVICE_ASSIGN_H
#define NPLUS1_EXPORTER_ADVICE_ASSIGN_H

#include "exporter/advice/sql/statement.h"
#include "exporter/model/model.h"

/* Sets `advice` of all findings, and `orm` of all frames; the texts belong to the model. */
void advice_assign(struct model *model, struct sql_statements *statements);

#endif
