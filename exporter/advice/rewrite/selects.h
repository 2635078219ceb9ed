/* SELECT for many values at once. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_ADVICE_REWRITE_SELECTS_H
#define NPLUS1_EXPORTER_ADVICE_REWRITE_SELECTS_H

#include "exporter/advice/rewrite/rewriting.h"

/* A SELECT for many values of one parameter. */
struct rewriting rewrite_select(const struct rewrite_input *input);

/* Which of many values have rows: the key alone, for a SELECT that asks whether there is a row. */
struct rewriting rewrite_keys(const struct rewrite_input *input);

/* SELECT of aggregates only, without GROUP BY: one row for each execution. */
bool rewrite_is_aggregate(const struct sql_statement *statement);

#endif
