/* Pieces that every way of rewriting takes. Pure but for the stream that is written to. */
#ifndef NPLUS1_EXPORTER_ADVICE_REWRITE_PARTS_H
#define NPLUS1_EXPORTER_ADVICE_REWRITE_PARTS_H

#include "exporter/advice/rewrite/rewriting.h"

enum rewrite_why_not rewrite_why_not(enum sql_trouble trouble);

void rewrite_token(FILE *out, const struct sql_tokens *t, size_t i);
bool rewrite_has_placeholder(const struct sql_tokens *t, struct sql_span span);

/* Writes the comparison of the key with many values. */
void rewrite_many(struct sql_writer *writer, const struct sql_tokens *t, const struct sql_key *key);

enum limit {
    LIMIT_NONE,
    LIMIT_IDLE,    /* of a look-up of one row, which it does not change */
    LIMIT_TOP,     /* the first rows in an order of plain columns */
    LIMIT_STRANGE, /* any other */
};

/* By its name the column is the key of the first table, which others are joined to: its LIMIT may be but a precaution. */
bool rewrite_finds_one(const struct sql_select *s, size_t column);

enum limit rewrite_judge_limit(const struct sql_select *s, size_t column, bool has_one_row);

#endif
