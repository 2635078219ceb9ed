/* Statements that the program sends beside another one, in the same function: what a row costs is the sum of them. One thread at
 * a time. */
#ifndef NPLUS1_EXPORTER_ADVICE_COMPANY_H
#define NPLUS1_EXPORTER_ADVICE_COMPANY_H

#include "exporter/advice/input.h"
#include "exporter/advice/sql/statement.h"

struct company;

/* The model must not change while it lives. */
struct company *company_create(const struct model *model);

struct advice_company company_find(const struct company *company, struct sql_statements *statements, uint32_t group);

void company_destroy(struct company *company); /* takes NULL */

#endif
