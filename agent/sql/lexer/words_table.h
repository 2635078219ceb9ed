/* The key words as a table with a perfect hash, made by gperf from words.gperf. In a header, because a call for each word of a
 * text would be one percent of the lexer's time. Constant data: safe anywhere.
 */
#ifndef NPLUS1_AGENT_SQL_LEXER_WORDS_TABLE_H
#define NPLUS1_AGENT_SQL_LEXER_WORDS_TABLE_H

#include <string.h>

#include "agent/sql/types.h"
#include "agent/sql/lexer/words.h"

#define WORD_LONGEST 15

struct word {
    char name[WORD_LONGEST + 1]; /* padded with zeros, so that it can be compared at once */
    uint32_t info;
};

/* The key word of that spelling, in lower case; NULL: none. */
__attribute__((unused)) static const struct word *word_find(const char *text, size_t length);

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include "agent/sql/lexer/words.gperf.h"
#pragma GCC diagnostic pop

_Static_assert(WORD_TABLE_MAX_WORD_LENGTH <= WORD_LONGEST, "a key word is longer than its place");

/* The info of the word at text, in lower case and of `length` bytes, of which `head` are the first eight, with zeros behind it; 0
 * when it is none of the table. */
static inline uint32_t word_info(const unsigned char *text, unsigned length, uint64_t head)
{
    const struct word *w;
    uint64_t known;
    unsigned slot;

    if (length - WORD_TABLE_MIN_WORD_LENGTH > WORD_TABLE_MAX_WORD_LENGTH - WORD_TABLE_MIN_WORD_LENGTH)
        return 0;
    slot = word_hash((const char *)text, length);
    if (slot > WORD_TABLE_MAX_HASH_VALUE)
        return 0;
    w = &word_table[slot];
    memcpy(&known, w->name, sizeof known);
    if (known != head || w->name[length] != 0 || (length > 8 && memcmp(w->name + 8, text + 8, length - 8) != 0))
        return 0;
    return w->info;
}

#endif
