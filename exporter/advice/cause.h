/* Why a SELECT runs once for each row of its parent, as far as the two texts say: what is to be done differs by it. Pure, safe
 * from any thread. */
#ifndef NPLUS1_EXPORTER_ADVICE_CAUSE_H
#define NPLUS1_EXPORTER_ADVICE_CAUSE_H

#include "exporter/advice/source.h"

enum cause {
    CAUSE_UNKNOWN = 0, /* rows of a child; whether it has one for each parent, only their number tells */
    CAUSE_TO_ONE,      /* the child is looked up by its own key */
    CAUSE_TO_MANY,     /* by the parent's key, in another column */
    CAUSE_AGGREGATE,
    CAUSE_EXISTS,
    CAUSE_CALL,       /* of a function, without a table */
    CAUSE_TABLE_CALL, /* of a function that gives rows */
    CAUSE_OWN_ROW,    /* the parent's own row is loaded again */
    CAUSE_TREE,       /* nodes of one table, each loaded by the one before */
};

struct cause_input {
    const struct sql_statement *statement;
    uint32_t parameter;                 /* the ? that varies, from 1; 0: the only one */
    const struct sql_statement *parent; /* NULL: unknown */
    const char *parent_column;          /* of its result; NULL: unknown */
    bool walks_itself;                  /* the parent is the statement itself */
};

struct cause_found {
    enum cause cause;
    bool is_of_another;       /* table than the parent's: its rows that have the parent's key */
    struct sql_part function; /* its name, with CAUSE_CALL and CAUSE_TABLE_CALL */
};

struct cause_found cause_find(const struct cause_input *input);

#endif
