/* The key words as a table with a perfect hash, made by gperf from words.gperf. In a header, because a call for each word of a
 * text would be one percent of the lexer's time. Constant data: safe anywhere.
 */
#ifndef NPLUS1_AGENT_SQL_LEXER_WORDS_TABLE_H
#define NPLUS1_AGENT_SQL_LEXER_WORDS_TABLE_H

#include <emmintrin.h>
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

/* The info of the word at text, in lower case and of 1 to WORD_LONGEST bytes; 0 when it is none of the table. padded: the same
 * with zeros behind it. */
static inline uint32_t word_info(const unsigned char *text, unsigned length, __m128i padded)
{
    unsigned slot = word_hash((const char *)text, length);
    const struct word *w;

    if (slot > WORD_TABLE_MAX_HASH_VALUE)
        return 0;
    w = &word_table[slot];
    padded = _mm_cmpeq_epi8(padded, _mm_loadu_si128((const __m128i *)(const void *)w->name));
    return _mm_movemask_epi8(padded) == 0xffff ? w->info : 0;
}

#endif
