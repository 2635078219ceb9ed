/* The shape of a SELECT in normalised SQL. Only what is plainly understood has one. Pure, safe from any thread. */
#ifndef NPLUS1_EXPORTER_ADVICE_SQL_SELECT_H
#define NPLUS1_EXPORTER_ADVICE_SQL_SELECT_H

#include "exporter/advice/sql/tokens.h"

#define SQL_ITEMS_MAX     256
#define SQL_CONJUNCTS_MAX 64

enum sql_trouble {
    SQL_PLAIN = 0,
    SQL_STRANGE, /* anything that is not looked through */
    SQL_DISTINCT,
    SQL_GROUPED,
    SQL_WINDOW,
    SQL_SET_OPERATION,
    SQL_SUBSELECT,
    SQL_LOCKING,
};

/* One of the select list, by indices of tokens. */
struct sql_item {
    size_t first, end; /* without the alias */
    size_t column;     /* where it is nothing but a column, else SQL_NONE */
    size_t alias;      /* or SQL_NONE */
};

struct sql_span {
    size_t first, end;
};

/* Clauses are what stands behind their key words; an absent one is empty. */
struct sql_select {
    const struct sql_tokens *tokens;
    struct sql_item *items; /* the caller's, with room for SQL_ITEMS_MAX while they are filled in */
    size_t item_count;
    struct sql_span from, where, order, limit; /* limit: from its key word on, OFFSET included */
    size_t table, alias;                       /* where FROM has one table alone, else SQL_NONE */
};

enum sql_trouble sql_select_parse(const struct sql_tokens *tokens, struct sql_select *ret);

/* A column that a parameter is compared with for equality, and nothing else beside it is said of either. */
struct sql_key {
    size_t first, end; /* of the comparison */
    size_t column;
    size_t type; /* of a cast of the parameter, or SQL_NONE */
};

/* The comparison with the parameter among the conditions of `where` that all have to hold. parameter 0: the only one that there
 * is, behind `limit` not counted. */
bool sql_find_key(const struct sql_tokens *tokens, struct sql_span where, uint32_t parameter, struct sql_key *ret);

/* Only aggregates: one row for each execution. */
bool sql_select_aggregates(const struct sql_select *select);

/* Functions that make one value of one row's values, where they stand in the span, or none at all. */
bool sql_is_rowwise(const struct sql_tokens *tokens, struct sql_span span);

/* ORDER BY of plain columns alone. */
bool sql_orders_by_columns(const struct sql_select *select);

#endif
