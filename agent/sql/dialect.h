/* The meaning of SQL's characters in a database's dialect. A row per dialect; constant data, safe anywhere. */
#ifndef NPLUS1_AGENT_SQL_DIALECT_H
#define NPLUS1_AGENT_SQL_DIALECT_H

#include <stdbool.h>
#include <stdint.h>

struct sql_dialect {
    const char *name;
    uint64_t salt;        /* tells texts of one spelling apart, where they are remembered by a hash */
    bool nested_comments; /* a comment in a comment has an end of its own */
    bool string_prefixes; /* E'..' has backslashes, N'..', B'..', U&'..' are strings, U&".." is a name; X'..' is one everywhere */
    bool dollar_quotes;   /* $tag$..$tag$ is a string */
    bool backtick_names;  /* `x` is a name */
    bool bracket_names;   /* [x] is a name */
    bool subscripts;      /* x[1] is an element; where both can be, it is one right behind an operand */
    bool question_parameters;        /* ? is a parameter */
    bool question_operators;         /* a ? 'b': where both can be, it is one behind a value, a ) or a quoted name */
    bool string_names;               /* 'x' is a name where only a name can be */
    bool quoted_values;              /* "x" is a text where no such column is */
    bool doubtful_strings;           /* a setting says whether backslashes escape in plain strings */
    bool escape_strings;             /* they do */
    bool plain_strings;              /* they do not, but a text may be written as if they did */
    bool at_parameters;              /* @x is a parameter */
    const struct sql_dialect *known; /* of doubtful_strings: the dialects where the setting is known, [0] they escape, [1] not */
};

/* Takes what either of the others knows. */
extern const struct sql_dialect dialect_generic;
extern const struct sql_dialect dialect_sqlite;
extern const struct sql_dialect dialect_postgresql;

/* PostgreSQL's where standard_conforming_strings is known: [0] off, [1] on. A text that is not doubtful is the same to all. */
extern const struct sql_dialect dialect_postgresql_known[2];

#endif
