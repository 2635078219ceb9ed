/* Statements that write many rows at once, and others that are no SELECT. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_ADVICE_REWRITE_WRITES_H
#define NPLUS1_EXPORTER_ADVICE_REWRITE_WRITES_H

#include "exporter/advice/rewrite/rewriting.h"

/* DELETE for many values of one parameter. */
struct rewriting rewrite_delete(const struct rewrite_input *input);

/* INSERT of many rows. */
struct rewriting rewrite_insert(const struct rewrite_input *input);

/* A list of any length as one parameter, where the dialect has arrays. */
struct rewriting rewrite_array(const struct rewrite_input *input);

/* The name of the one table that a statement is about, without quotes; false when it is not plainly one. */
bool rewrite_table(const struct sql_statement *statement, char *out, unsigned size);

#endif
