/* Which column a value is compared with: col = ?, t.col in (?), col > ?::int, (a, b) < (?, ?). Pure. */
#ifndef NPLUS1_AGENT_SQL_FACTS_COMPARISON_H
#define NPLUS1_AGENT_SQL_FACTS_COMPARISON_H

#include "agent/sql/facts/scan.h"

enum comparison_kind {
    COMPARISON_NONE,
    COMPARISON_EQUAL, /* =, IN, LIKE, IS and the like */
    COMPARISON_LESS,  /* < and <= */
    COMPARISON_MORE,
    COMPARISON_BETWEEN, /* the first of two */
    COMPARISON_AND,     /* the second */
};

/* The tokens of a text read so far, as far as the next one needs them; zeroed at first. */
struct comparison {
    struct scan_token last;            /* the token before */
    struct scan_token column;          /* the name that was read last, of a row the first one; kind SCAN_END: none */
    struct scan_token row;             /* first column of the parenthesis that is open */
    struct scan_token compared;        /* where a value is compared, with which column */
    enum comparison_kind kind, wanted; /* of the token, when it is a ?; of the next one, when it is */
    bool between;                      /* the first value of BETWEEN was read */
    bool strict;                       /* < or > */
    bool assigns;                      /* SET a = ? */
};

/* Takes the next token. When it is a ? that is compared with a column, kind and compared say how. */
void comparison_take(struct comparison *c, const struct scan_token *token);

/* The column, without its table and quotes, that the ? at that place of a normalised text is compared with: where its name stands
 * in the text, and its length; 0: none, or an assignment. */
size_t comparison_find(const char *text, size_t length, size_t at, size_t *ret_start);

/* The same, copied and terminated. Returns its length; 0: none, or a name of `size` bytes or more. */
size_t comparison_column(const char *text, size_t length, size_t at, char *ret, size_t size);

/* Each ? of a normalised text is compared with a column whose name, of less than `size` bytes, is another one: what
 * comparison_column says of them all, in one pass. */
bool comparison_all_differ(const char *text, size_t length, const char *name, size_t size);

#endif
