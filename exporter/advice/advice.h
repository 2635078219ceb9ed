/* Advice on one finding, from the shape of its statement and its numbers. One thread at a time for each set of statements. */
#ifndef NPLUS1_EXPORTER_ADVICE_ADVICE_H
#define NPLUS1_EXPORTER_ADVICE_ADVICE_H

#include "exporter/advice/input.h"
#include "exporter/advice/sql/statement.h"

struct advice_shape advice_shape_of(uint64_t executions, uint64_t rows, uint64_t distinct_values);

/* For every kind but VERDICT_NONE. */
struct advice advice_give(const struct advice_input *input, struct sql_statements *statements);

#endif
