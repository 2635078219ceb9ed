/* Chains: conditions, selects and cases that a program repeats for each key, where others would write a list. Of neighbouring
 * links that normalise to the same text and have a slot one stays, as with the elements of a list. Private to the lexer.
 */
#ifndef NPLUS1_AGENT_SQL_LEXER_CHAINS_H
#define NPLUS1_AGENT_SQL_LEXER_CHAINS_H

#include "agent/sql/lexer/output.h"
#include "agent/sql/lexer/state.h"
#include "agent/sql/lexer/words.h"

/* Whether the word means something to chains. */
static inline bool chains_want(const struct lexer *s, unsigned id)
{
    return id >= WORD_CLAUSE || (s->chained && (id == WORD_LIMIT || id == WORD_OFFSET || id == WORD_FETCH));
}

/* The word of that id and length stands at o, behind its space. Returns where it stands when what was before it has collapsed. */
byte *chains_word(struct lexer *s, byte *o, unsigned id, size_t length);

/* SELECT stands at o. */
void chains_select(struct lexer *s, const byte *o);

/* The current frame, or the statement, ends behind o; returns the new end. */
byte *chains_end(struct lexer *s, byte *o);

#endif
