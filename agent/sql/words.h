/* The words of SQL that the fingerprint has to tell apart: first words of statements, words after which an operand comes
 * (so that a minus is a sign and a bracket a quote), and words that change how the text around them is read. Constant data:
 * safe anywhere.
 */
#ifndef NPLUS1_AGENT_SQL_WORDS_H
#define NPLUS1_AGENT_SQL_WORDS_H

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
    WORD_ANY, /* ANY, ALL, SOME */
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
};

/* struct word's info: the low bits are or-ed into the lexer's memory of the previous token, see fingerprint_lex.h. */
#define WORD_PREFIX     0x2u /* an operand or a list follows, so the word itself is no operand */
#define WORD_ID_SHIFT   4    /* enum word_id */
#define WORD_PREV_MASK  0x1f2u
#define WORD_HANDLED    0x200u /* the lexer does more with it than to copy it */
#define WORD_VERB_SHIFT 16     /* enum sql_verb of a statement that begins with it */

struct word {
    uint64_t head;  /* the first eight bytes, lower case, padded with zeros; little-endian */
    uint16_t tail;  /* the last two bytes */
    uint8_t length; /* 0: no entry */
    uint32_t info;
};

#define WORD_COUNT      94
#define WORD_LONGEST    10
#define WORD_TABLE_SIZE 256

/* Perfect for the words of the table; test_fingerprint says so when a new word collides: then search another factor. */
#define WORD_HASH_FACTOR UINT64_C(0x9907f64ebd54061f)

extern const struct word word_table[WORD_TABLE_SIZE];

static inline unsigned word_slot(uint64_t head)
{
    return (unsigned)((head * WORD_HASH_FACTOR) >> 56);
}

/* The info of a word in lower case, of which head are the first eight bytes; 0 when it is none of the table. Needs
 * length >= 1 and length readable bytes at text. */
static inline uint32_t word_info(uint64_t head, const unsigned char *text, size_t length)
{
    const struct word *w = &word_table[word_slot(head)];
    bool known = w->head == head && w->length == length;

    if (length > 8 && known)
        known = (text[length - 2] | text[length - 1] << 8) == w->tail;
    return known ? w->info : 0;
}

#endif
