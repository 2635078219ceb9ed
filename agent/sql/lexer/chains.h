/* Chains: conditions, selects and cases that a program repeats for each key, where others would write a list. Of neighbouring
 * links that normalise to the same text and have a slot one stays, as with the elements of a list. Private to the lexer.
 */
#ifndef NPLUS1_AGENT_SQL_LEXER_CHAINS_H
#define NPLUS1_AGENT_SQL_LEXER_CHAINS_H

#include "agent/sql/lexer/output.h"
#include "agent/sql/lexer/state.h"
#include "agent/sql/lexer/words.h"

/* Most statements have no chain. Until there is one, only the beginnings of what may become its first link are noted. */

/* Whether the word means something to chains. */
static inline bool chains_want(const struct lexer *s, unsigned id)
{
    if (!s->chained)
        return id >= WORD_OR;
    return id >= WORD_CLAUSE || id == WORD_LIMIT || id == WORD_OFFSET || id == WORD_FETCH;
}

/* A link of what may be a chain of the current frame begins there. */
static inline void chains_begin(struct lexer *s, enum chain_kind kind, uint32_t start)
{
    size_t depth = (size_t)(s->frame - s->frames);

    if (depth < CHAIN_FRAMES) {
        struct chain *chain = &s->chains[depth][kind];
        chain->start = start;
        chain->slots = s->ret->slot_count;
        chain->run = 0;
        s->frame->chained |= (uint8_t)(1u << kind);
    }
}

/* The word of that id and length stands at o, behind its space. Returns where it stands when what was before it has collapsed. */
byte *chains_word(struct lexer *s, byte *o, unsigned id, size_t length);

/* SELECT stands at o and goes on with a chain, or begins anew. */
void chains_select(struct lexer *s, const byte *o);

/* The current frame, or the statement, ends behind o; returns the new end. */
byte *chains_end_any(struct lexer *s, byte *o);

static inline byte *chains_end(struct lexer *s, byte *o)
{
    return s->chained && s->frame->chained ? chains_end_any(s, o) : o;
}

#endif
