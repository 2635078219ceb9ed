/* Advice on one finding, from the shape of its statement and its numbers. One thread at a time for each set of statements. */
#ifndef NPLUS1_EXPORTER_ADVICE_ADVICE_H
#define NPLUS1_EXPORTER_ADVICE_ADVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/advice/orm.h"
#include "exporter/advice/sql/statement.h"
#include "exporter/model/system.h"
#include "exporter/stream/verdict.h"

#define ADVICE_SQL_MAX 4000 /* bytes; a longer rewriting is left out */

/* A group's numbers as far as the advice depends on them, so that the groups of a statement share few advices. */
struct advice_shape {
    bool has_rows;
    bool has_one_row;    /* at most, for an execution */
    bool has_many;       /* for more than one execution in twenty: the rows of a child cannot become columns of its parent */
    bool repeats_values; /* each parameter comes twice, on average */
};
struct advice_shape advice_shape_of(uint64_t executions, uint64_t rows, uint64_t distinct_values);

struct advice_input {
    enum verdict_kind kind;
    const char *statement; /* normalised text */
    bool statement_cut;
    const struct system *system;
    struct advice_shape shape;
    uint32_t parameter;           /* that the parent's values went into, the ? of the statement, from 1; 0: unknown */
    const char *parent_column;    /* NULL: unknown */
    const char *parent_statement; /* whole, and of the same database; NULL: unknown */
    bool parent_is_elsewhere;     /* in another database, so that no JOIN reaches it */
    bool parent_is_itself;        /* a tree, walked node by node */
    bool parent_is_tied;          /* with another one: words without SQL, which a wrong parent would make wrong */
    struct orm_use orm;
};

struct advice {
    const char *strategy; /* static: selectin, join, aggregate, cache, batch, project, chunk, array, keep or commit */
    char *text;           /* the caller frees both */
    char *sql;            /* NULL when no safe rewriting is known */
    bool joins;           /* the SQL is that of the parent and the child in one */
};

/* For every kind but VERDICT_NONE. */
struct advice advice_give(const struct advice_input *input, struct sql_statements *statements);

#endif
