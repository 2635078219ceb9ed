/* The tokens of SQL that are more than a run of characters: literals, parameters, quoted identifiers. Private to the lexer.
 */
#ifndef NPLUS1_AGENT_SQL_LEXER_TOKENS_H
#define NPLUS1_AGENT_SQL_LEXER_TOKENS_H

#include "agent/value/value.h"
#include "agent/sql/lexer/literals.h"
#include "agent/sql/lexer/output.h"
#include "agent/sql/lexer/state.h"

/* Writes the space before a token at o, when the previous one is in the set. */
static inline byte *token_space(byte *o, unsigned prev, unsigned set)
{
    *o = ' ';
    return o + PREV_IN(prev, set);
}

static inline bool slots_wanted(const struct lexer *s)
{
    return s->ret->slots_kept < FINGERPRINT_LITERALS;
}

static inline void slot_add(struct lexer *s, uint64_t value, uint32_t parameter)
{
    struct fingerprint *ret = s->ret;

    ret->slot_count++;
    if (ret->slots_kept < FINGERPRINT_LITERALS)
        ret->slots[ret->slots_kept++] = (struct fingerprint_slot){
            .value = value, .parameter = (parameter < SLOT_PARAMETERS ? parameter : SLOT_PARAMETERS) & SLOT_PARAMETERS};
}

/* The slot that was added last is the ? at o. */
static inline void slot_at(struct lexer *s, const byte *o)
{
    struct fingerprint *ret = s->ret;
    uint32_t position = output_position(s, o);

    if (ret->slot_count <= FINGERPRINT_LITERALS && position < FINGERPRINT_TEXT)
        ret->slots[ret->slot_count - 1].at = position & (FINGERPRINT_TEXT - 1);
}

/* The slot that was added last is the simple literal [p, q). */
static inline void slot_place(struct lexer *s, const byte *p, const byte *q, bool signs)
{
    struct fingerprint *ret = s->ret;

    if (ret->slot_count <= FINGERPRINT_LITERALS && q - s->begin < FINGERPRINT_PLACES) {
        struct fingerprint_slot *slot = &ret->slots[ret->slot_count - 1];
        slot->start = (uint32_t)(p - s->begin) & (FINGERPRINT_PLACES - 1);
        slot->signs = signs;
        slot->length = (uint32_t)(q - p) & 0xffff;
    }
}

/* The number of a parameter that has none of its own: SQLite's is one more than the largest before it. */
static inline uint32_t slot_next(struct lexer *s)
{
    return s->parameter < UINT32_MAX ? ++s->parameter : s->parameter;
}

/* The parameters ?5 and $5, of which the digits [p, end) are given, and those with a name, with the mark before it. */
void slot_numbered(struct lexer *s, const byte *p, const byte *end);
void slot_named(struct lexer *s, const byte *text, size_t length);

/* All of these return what is behind the token, and add its slot. */

/* A string; p is behind the opening quote. */
const byte *token_string(struct lexer *s, const byte *p, enum literal_kind kind);

/* The string that a word of one letter at p introduces; NULL when it does not. */
const byte *token_prefixed_string(struct lexer *s, const byte *p);

/* A number; p is at its first digit, or at its point. When it is negative, the minus is right before p. */
const byte *token_number(struct lexer *s, const byte *p, bool negative);

/* $1, $name or $tag$..$tag$; NULL when it is neither. */
const byte *token_dollar(struct lexer *s, const byte *p);

/* The value of the word or quoted name [p, q) where it stands for one. */
uint64_t token_word_value(const byte *p, const byte *q);

/* The name in single quotes at p, which is copied to *o, in double quotes where that can be; NULL when it has no end. */
const byte *token_string_name(struct lexer *s, const byte *p, byte **o, unsigned prev);

/* A quoted identifier, which is copied to *o, or what would have been one, which is a literal to the end of the text. Takes and
 * sets *prev. */
const byte *token_quoted(struct lexer *s, const byte *p, byte **o, unsigned *prev);

/* The end of the quoted identifier at p; NULL when it has none. */
const byte *token_skip_quoted(const byte *p, const byte *end);

#endif
