/* Normalised SQL (agent/sql/fingerprint.h) as tokens. Nothing is copied: tokens point into the text. Pure, safe from any thread.
 */
#ifndef NPLUS1_EXPORTER_ADVICE_SQL_TOKENS_H
#define NPLUS1_EXPORTER_ADVICE_SQL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "exporter/model/system.h"

#define SQL_TOKENS_MAX 1024
#define SQL_NONE       SIZE_MAX /* the index of no token */

enum sql_token_kind {
    SQL_WORD,        /* a key word or a name without quotes and dots */
    SQL_NAME,        /* a name with quotes or dots: orders."customer id" is one */
    SQL_STAR,        /* * or orders.* where it stands for columns */
    SQL_PLACEHOLDER, /* ?, a literal or a parameter */
    SQL_SYMBOL,
};

struct sql_token {
    const char *start;
    size_t length;
    size_t depth;    /* of parentheses around it */
    size_t pair;     /* of a parenthesis: the index of the other one */
    uint32_t number; /* of a placeholder, from 1 */
    bool is_list;    /* a placeholder that can stand for several: IN (?), any length */
    enum sql_token_kind kind;
};

struct sql_tokens {
    size_t count;
    uint32_t placeholders;
    struct sql_token *at; /* the caller's, with room for SQL_TOKENS_MAX while they are filled in */
};

/* False for what is not plainly understood: unpaired parentheses, brackets, several statements, a placeholder where a
 * parameter cannot stand (interval ?), an operator that looks like one, too long a text. */
bool sql_tokenise(const char *sql, struct sql_tokens *ret);

/* Key words and symbols, not names in quotes. False behind the end. */
bool sql_is(const struct sql_tokens *t, size_t i, const char *text);
bool sql_is_any(const struct sql_tokens *t, size_t i, const char *const *texts); /* NULL ends them */
bool sql_is_name(const struct sql_tokens *t, size_t i);                          /* of a column or a table */

/* A part of a name: its last component, or that before the last; length 0: there is none. Quotes included. */
struct sql_part {
    const char *start;
    size_t length;
};
struct sql_part sql_last_part(const struct sql_token *token);
struct sql_part sql_qualifier(const struct sql_token *token);
bool sql_same_part(struct sql_part a, struct sql_part b);       /* as PostgreSQL sees it; SQLite takes more for the same */
bool sql_part_is(struct sql_part part, const char *name);       /* a name without quotes around it, in any case */
void sql_unquote(struct sql_part part, char *out, size_t size); /* cut at size */

/* A new statement while it is written. */
struct sql_writer {
    FILE *out;
    const struct dialect *dialect;
    uint32_t placeholders; /* written so far */
};

/* Writes tokens [first, end) as they stand, but for placeholders and lists, which become those of the dialect. */
void sql_write(struct sql_writer *writer, const struct sql_tokens *t, size_t first, size_t end);

void sql_write_placeholder(struct sql_writer *writer);

#endif
