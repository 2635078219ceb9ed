/* Columns behind the names of a result's columns, and what their names say. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_ADVICE_SOURCE_H
#define NPLUS1_EXPORTER_ADVICE_SOURCE_H

#include "exporter/advice/sql/statement.h"

#define SOURCE_NAME_MAX 64 /* bytes, with the final zero; longer names are cut */

/* A column of a table, in lower case and without quotes. */
struct source {
    char table[SOURCE_NAME_MAX]; /* "": unknown */
    char column[SOURCE_NAME_MAX];
};

/* The column that a statement's result calls so; false: it is not plainly one. */
bool source_of_result(const struct sql_statement *statement, const char *name, struct source *ret);

/* The column that the name at token i stands for, or all of a table: column is "*". */
bool source_of_token(const struct sql_statement *statement, size_t i, struct source *ret);

/* The column is its table's own key, by its name: id, rowid, or users.user_id. */
bool source_is_own_key(const struct source *source);

/* The column holds another table's key, by its name: posts.user_id. */
bool source_is_foreign_key(const struct source *source);

bool source_same_table(const struct source *a, const struct source *b); /* false where one is unknown */

#endif
