/* The tokens of a normalised text, one after the other. Not on the path of a text, only on that of a new statement. Pure. */
#ifndef NPLUS1_AGENT_SQL_FACTS_SCAN_H
#define NPLUS1_AGENT_SQL_FACTS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/sql/facts/keywords.h"

enum scan_kind {
    SCAN_END,
    SCAN_WORD,
    SCAN_QUOTED, /* a name in quotes of any kind, which are a part of it */
    SCAN_MARK,   /* ? */
    SCAN_OPERATOR,
    SCAN_OPEN,
    SCAN_CLOSE,
    SCAN_SUBSCRIPT, /* [ behind an operand; its end is SCAN_CLOSE */
    SCAN_COMMA,
    SCAN_DOT,
    SCAN_CAST, /* :: */
    SCAN_SEMICOLON,
};

struct scan_token {
    enum scan_kind kind : 8;
    bool adjacent;     /* no space before it */
    uint8_t keyword;   /* of a SCAN_WORD; KEYWORD_OTHER for all else */
    uint16_t keywords; /* the sets it is in */
    const char *text;
    size_t length;
};

struct scan {
    const char *start, *p, *end;
};

/* The next token; behind the last one there are only those of kind SCAN_END. */
struct scan_token scan_next(struct scan *scan);

static inline bool scan_is(const struct scan_token *token, enum keyword_id keyword)
{
    return token->keyword == (uint8_t)keyword;
}

/* Whether the word is one of a set, KEYWORDS_. */
static inline bool scan_is_one(const struct scan_token *token, uint16_t keywords)
{
    return (token->keywords & keywords) != 0;
}

/* Whether both are the same name, quoted or not. */
bool scan_same_name(const struct scan_token *a, const struct scan_token *b);

/* The name without its quotes. */
struct scan_token scan_unquoted(const struct scan_token *token);

/* As if the name had no quotes: a word, which may be a keyword. */
struct scan_token scan_as_word(const struct scan_token *token);

#endif
