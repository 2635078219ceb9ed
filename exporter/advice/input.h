/* A finding as far as its advice depends on it, and an advice. Plain data, safe from any thread. */
#ifndef NPLUS1_EXPORTER_ADVICE_INPUT_H
#define NPLUS1_EXPORTER_ADVICE_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/advice/orm/orm.h"
#include "exporter/advice/rewrite/rewriting.h"
#include "exporter/model/system.h"
#include "exporter/stream/verdict.h"

#define ADVICE_SQL_MAX 4000 /* bytes; a longer rewriting is left out */

/* A group's numbers as far as the advice depends on them, so that the groups of a statement share few advices. */
struct advice_shape {
    bool has_rows;
    bool has_one_row;    /* at most, for an execution */
    bool has_many;       /* for more than one execution in twenty: the rows of a child cannot become columns of its parent */
    bool is_mostly_none; /* half of the executions or more gave no row */
    bool repeats_values; /* each parameter comes twice, on average */
};

#define ADVICE_OTHERS_MAX 3

/* Of the other parameters those whose values come from the parent's row, too: the rest of a composite key. */
struct advice_others {
    uint32_t count;
    struct rewrite_other of[ADVICE_OTHERS_MAX];
};

/* Statements of the same function of the program that belong to the finding's group. */
struct advice_company {
    uint64_t executions;      /* of the group itself */
    uint64_t savepoints;      /* SAVEPOINT, RELEASE and ROLLBACK TO, where there is one for most executions */
    uint64_t savepoints_open; /* that were never released */
    bool inserts;             /* one that inserts into the same table, for most executions, */
    bool inserts_absent;      /* or for those that gave no row */
};

struct advice_input {
    enum verdict_kind kind;
    const char *statement; /* normalised text */
    bool statement_cut;
    const struct system *system;
    struct advice_shape shape;
    uint32_t parameter;           /* that the parent's values went into, the ? of the statement, from 1; 0: unknown */
    const char *parent_column;    /* of a parent that is sure; NULL: unknown */
    const char *column_source;    /* what that column's name stands for; NULL: itself */
    const char *parent_statement; /* of a parent that is sure: whole, and of the same database; NULL: unknown */
    bool parent_is_elsewhere;     /* in another database, so that no JOIN reaches it */
    bool parent_is_itself;        /* a tree, walked node by node */
    bool others_vary;             /* so do parameters besides that one: the rest of a composite key */
    bool parent_is_tied;          /* with another one: words without SQL, which a wrong parent would make wrong */
    struct advice_others others;
    struct advice_company company;
    struct orm_use orm;
};

struct advice {
    const char *strategy; /* static: selectin, join, aggregate, cache, batch, project, chunk, array, keep or commit */
    char *text;           /* the caller frees both */
    char *sql;            /* NULL when no safe rewriting is known */
    bool joins;           /* the SQL is that of the parent and the child in one */
};

#endif
