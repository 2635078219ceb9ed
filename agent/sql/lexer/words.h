/* The words of SQL that the fingerprint has to tell apart: first words of statements, words after which an operand comes
 * (so that a minus is a sign and a bracket a quote), and words that change how the text around them is read. Constant data:
 * safe anywhere.
 */
#ifndef NPLUS1_AGENT_SQL_LEXER_WORDS_H
#define NPLUS1_AGENT_SQL_LEXER_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum word_id {
    WORD_PLAIN = 0,
    WORD_SELECT, /* SELECT, TABLE: what stands in this parenthesis is a subquery, not a list */
    WORD_WITH,
    WORD_VALUES,
    WORD_IN,
    WORD_ARRAY,
    WORD_ANY, /* ANY, ALL, SOME, UNNEST: what they take apart is a list */
    WORD_IS,
    WORD_NOT,
    WORD_NULL,
    WORD_TRUE,
    WORD_FALSE,
    WORD_LIMIT,
    WORD_OFFSET,
    WORD_FETCH,
    WORD_FIRST, /* FIRST, NEXT */
    WORD_INSERT,
    WORD_VALUE, /* LIKE, GLOB, MATCH, REGEXP, ESCAPE, DEFAULT, BETWEEN: no name follows */
    WORD_AND,
    WORD_TO,
    WORD_INTO,
    WORD_SET,
    WORD_CLAUSE, /* WHERE, ON, HAVING: a condition begins */
    WORD_OR,
    WORD_UNION,
    WORD_CASE,
    WORD_WHEN,
    WORD_END,         /* END, ELSE */
    WORD_ENDS,        /* a condition ends before it */
    WORD_ENDS_SELECT, /* the last SELECT of several, too */
};

/* The info of a word: the low bits are or-ed into the lexer's memory of the previous token, see lexer.h. */
#define WORD_PREFIX     0x2u   /* an operand or a list follows, so the word itself is no operand */
#define WORD_ID_SHIFT   4      /* enum word_id */
#define WORD_NAMES      0x400u /* a name follows */
#define WORD_PREV_MASK  0x5f2u
#define WORD_HANDLED    0x200u /* the lexer does more with it than to copy it */
#define WORD_VERB_SHIFT 16     /* enum sql_verb of a statement that begins with it */

#endif
