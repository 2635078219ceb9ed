/* Names and values that only their position in the grammar tells apart: SQLite takes 'x' for a name and "x" for a text where
 * nothing else makes sense, and what SET, PRAGMA, ATTACH and ALTER set are words. A value by its position is one whatever it
 * looks like.
 *
 * Private to the lexer. Positions are told by what was written before, and by no more than the token behind.
 */
#ifndef NPLUS1_AGENT_SQL_LEXER_POSITIONS_H
#define NPLUS1_AGENT_SQL_LEXER_POSITIONS_H

#include "agent/sql/lexer/output.h"
#include "agent/sql/lexer/state.h"

/* Whether what stands in quotes has to be told by its position in every statement. */
static inline bool positions_wanted(const struct sql_dialect *dialect)
{
    return dialect->quoted_values || !dialect->backtick_names;
}

/* o is where the first word of a statement was written, whose verb is SQL_PRAGMA, SQL_DDL or SQL_COPY: what follows may be a
 * setting. */
void positions_begin(struct lexer *s, enum sql_verb verb, const byte *o);

/* A word of that length was written at o, behind EXPLAIN: it may be the first one of the statement that is explained. */
void positions_explained(struct lexer *s, const byte *o, size_t length);

/* The parenthesis that was just opened may be one of columns. */
void positions_open(struct lexer *s, unsigned prev, const byte *o);

/* Whether the word or quoted name of that text that comes next is the value of a setting. It is about to be written at o. */
bool positions_setting(struct lexer *s, unsigned prev, const byte *o, const byte *text, size_t length);

/* Whether the string that comes next is a name. */
bool positions_name(struct lexer *s, unsigned prev, const byte *o);

/* Whether what stands in double quotes at p and ends before `behind` is a text. */
bool positions_value(const struct lexer *s, unsigned prev, const byte *o, const byte *p, const byte *behind);

/* The statement that was written up to o is done: notes when names in quotes cannot be columns of it, because it has no table. */
void positions_end(struct lexer *s, const byte *o);

#endif
