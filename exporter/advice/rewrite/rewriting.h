/* Statements rewritten so that one does the work of many. Only what is plainly understood is rewritten: what comes out runs, and
 * gives the rows that the many gave. Pure, safe from any thread.
 *
 * The texts are normalised ones, so ? stands for a literal or a parameter; lists that stand for any number are written as
 * (?, ?, ...). PostgreSQL's parameters are numbered in the order of the new text, and its lists are arrays.
 */
#ifndef NPLUS1_EXPORTER_ADVICE_REWRITE_REWRITING_H
#define NPLUS1_EXPORTER_ADVICE_REWRITE_REWRITING_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/advice/sql/statement.h"

enum rewrite_form {
    REWRITE_NONE = 0,
    REWRITE_LIST,      /* the rows of all parents, with the column that tells them apart */
    REWRITE_AGGREGATE, /* the same with GROUP BY */
    REWRITE_TOP,       /* the first rows of each parent, numbered by a window function */
    REWRITE_JOIN,      /* parent and child as one statement */
    REWRITE_ROWS,      /* INSERT of many rows */
};

enum rewrite_why_not {
    REWRITE_POSSIBLE = 0,
    REWRITE_STRANGE,
    REWRITE_DISTINCT,
    REWRITE_GROUPED,
    REWRITE_WINDOW,
    REWRITE_SET_OPERATION,
    REWRITE_SUBSELECT,
    REWRITE_LOCKING,
    REWRITE_LIMIT, /* of each parent, and more than first rows by plain columns */
};

/* A parameter beside the one that varies, and the column of the parent's result that it comes from. */
struct rewrite_other {
    uint32_t parameter;
    const char *column;
};

struct rewrite_input {
    const struct sql_statement *statement;
    const struct dialect *dialect;
    uint32_t parameter;                 /* that varies: which ? of the statement, from 1; 0: the only one */
    bool has_one_row;                   /* executions gave rows, and none more than one as far as is known */
    const struct rewrite_other *others; /* that come from the same row of the parent */
    uint32_t other_count;
};

struct rewriting {
    enum rewrite_form form;
    enum rewrite_why_not why_not; /* with REWRITE_NONE */
    bool has_others;              /* further parameters, which have to be the same in all executions */
    bool takes_others;            /* those that come from the parent's row, too, are taken from it */
    bool drops_limit;             /* right as long as the column is unique, which its name promises */
    char *sql;                    /* the caller frees it; NULL with REWRITE_NONE */
};

#endif
