/* The normalised text while it is written: a buffer of one block and a window behind it. Private to the lexer. */
#ifndef NPLUS1_AGENT_SQL_LEXER_OUTPUT_H
#define NPLUS1_AGENT_SQL_LEXER_OUTPUT_H

#include "agent/sql/lexer/state.h"

static inline byte *output_limit(struct lexer *s)
{
    return s->buffer + sizeof s->buffer - OUTPUT_SLACK;
}

static inline uint32_t output_position(const struct lexer *s, const byte *o)
{
    return s->base + (uint32_t)(o - s->buffer);
}

/* Makes room behind o when there is less than OUTPUT_SLACK; returns where o is now. */
byte *output_flush(struct lexer *s, byte *o);
byte *output_copy(struct lexer *s, byte *o, const byte *text, size_t length);

/* Cuts the text from position `from` on; o is its end. Only where list_kept says so. */
static inline byte *output_cut(struct lexer *s, uint32_t from)
{
    return s->buffer + (from - s->base);
}

/* Hash, length and text of the result. */
void output_finish(struct lexer *s, const byte *o);

#endif
