/* What the files that rewrite statements share. */
#ifndef NPLUS1_EXPORTER_ADVICE_REWRITE_PARTS_H
#define NPLUS1_EXPORTER_ADVICE_REWRITE_PARTS_H

#include "exporter/advice/rewrite/rewrite.h"
#include "exporter/advice/sql/select.h"

/* A statement that is being rewritten. */
struct rewrite {
    struct sql_tokens *tokens;
    struct sql_select *select;
    enum sql_trouble trouble;
    uint32_t number; /* of the next of PostgreSQL's parameters */
};

/* False: not understood. Whatever is returned, rewrite_end has to follow. */
bool rewrite_begin(struct rewrite *r, const char *statement);
bool rewrite_begin_select(struct rewrite *r, const char *statement);
void rewrite_end(struct rewrite *r);

enum rewrite_why_not rewrite_why_not(enum sql_trouble trouble);

void rewrite_token(FILE *out, const struct sql_tokens *t, size_t i);
bool rewrite_has_placeholder(const struct sql_tokens *t, struct sql_span span);

/* The comparison of the key with many values. */
void rewrite_many(FILE *out, struct rewrite *r, const struct sql_key *key, bool is_postgresql);

enum limit {
    LIMIT_NONE,
    LIMIT_IDLE,    /* of a look-up of one row, which it does not change */
    LIMIT_TOP,     /* the first rows in an order of plain columns */
    LIMIT_STRANGE, /* any other */
};

enum limit rewrite_judge_limit(const struct sql_select *s, size_t column, bool has_one_row);

#endif
