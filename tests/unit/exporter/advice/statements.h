/* Statements taken apart, for the length of one test: begin and end are its setup and teardown. */
#ifndef NPLUS1_TESTS_UNIT_EXPORTER_ADVICE_STATEMENTS_H
#define NPLUS1_TESTS_UNIT_EXPORTER_ADVICE_STATEMENTS_H

#include "exporter/advice/sql/statement.h"

static struct sql_statements *statements;

static inline int begin(void **state)
{
    statements = sql_statements_create();
    return 0;
}

static inline int end(void **state)
{
    sql_statements_destroy(statements);
    return 0;
}

static inline const struct sql_statement *parts_of(const char *text)
{
    return sql_statements_get(statements, text);
}

#endif
