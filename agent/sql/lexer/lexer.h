/* The characters of SQL: classes, and the tight loops over runs of them. Private to the files of this room.
 *
 * Nothing here reads at or behind `end`: near it, 16 bytes are read from a padded copy. SSE2 is part of every x86-64.
 */
#ifndef NPLUS1_AGENT_SQL_LEXER_LEXER_H
#define NPLUS1_AGENT_SQL_LEXER_LEXER_H

#include <emmintrin.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef unsigned char byte;

/* The kinds of token that a byte can begin. */
enum lex_class {
    LEX_STRAY = 0, /* \ { } */
    LEX_SPACE,     /* and the other control characters */
    LEX_WORD,      /* letters, _, everything that is not ASCII */
    LEX_DIGIT,
    LEX_OPERATOR,
    LEX_STRING,
    LEX_QUOTED,
    LEX_BRACKET,
    LEX_OPEN,
    LEX_CLOSE,
    LEX_COMMA,
    LEX_DOT,
    LEX_SEMICOLON,
    LEX_COLON,
    LEX_DOLLAR,
    LEX_QUESTION,
};

/* The previous token, as far as the next one depends on it: one of these, and the word_id of a word above them. */
enum lex_previous {
    PREV_START = 0,
    PREV_WORD = 1,
    PREV_QUOTED = 2,
    PREV_PREFIX = 3, /* a word after which an operand comes; PREV_WORD | WORD_PREFIX */
    PREV_VALUE,      /* ? */
    PREV_OPERATOR,
    PREV_OPEN,
    PREV_CLOSE,
    PREV_COMMA,
    PREV_GLUE, /* . and :: */

    PREV_KIND = 0xf,
    PREV_ROW = 0x1000, /* with PREV_CLOSE: of a row of VALUES; with PREV_COMMA: the comma behind one */
};

/* Sets of previous tokens. */
#define PREV_SET(kind)   (1u << PREV_##kind)
#define PREV_IN(prev, s) (((s) >> ((prev)&PREV_KIND)) & 1u)

/* A token that is no punctuation is separated from these by a space. */
#define SET_SPACED                                                                                                               \
    (PREV_SET(WORD) | PREV_SET(QUOTED) | PREV_SET(PREFIX) | PREV_SET(VALUE) | PREV_SET(OPERATOR) | PREV_SET(CLOSE) |             \
     PREV_SET(COMMA))
/* After these a blank stands before an opening parenthesis: after a name it is a call or a list of columns. */
#define SET_SPACED_OPEN (PREV_SET(PREFIX) | PREV_SET(VALUE) | PREV_SET(OPERATOR) | PREV_SET(CLOSE) | PREV_SET(COMMA))
#define SET_SPACED_GLUE (PREV_SET(OPERATOR) | PREV_SET(COMMA))
/* A subscript or a binary operator can follow these. */
#define SET_OPERAND (PREV_SET(WORD) | PREV_SET(QUOTED) | PREV_SET(VALUE) | PREV_SET(CLOSE))
/* After these a ? is an operator of PostgreSQL's jsonb. Not after words: too many of them take an operand. */
#define SET_ANSWERED (PREV_SET(QUOTED) | PREV_SET(VALUE) | PREV_SET(CLOSE))
/* Where a minus right before a digit belongs to the number. */
#define SET_SIGN (PREV_SET(START) | PREV_SET(PREFIX) | PREV_SET(OPERATOR) | PREV_SET(OPEN) | PREV_SET(COMMA))

extern const uint8_t lex_class[256];

static inline __m128i lex_load(const byte *p, const byte *end)
{
    if (__builtin_expect(end - p >= 16, 1))
        return _mm_loadu_si128((const __m128i *)(const void *)p);

    byte padded[16] = {0};
    if (p < end)
        memcpy(padded, p, (size_t)(end - p));
    return _mm_loadu_si128((const __m128i *)(const void *)padded);
}

static inline __m128i lex_in_range(__m128i v, char first, char last)
{
    __m128i x = _mm_sub_epi8(v, _mm_set1_epi8(first));
    return _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8((char)(last - first))), x);
}

/* The length of the run of word characters at the start of v, up to 16; *lower is v with its letters in lower case. A zero byte
 * ends a run, so padding does. */
static inline unsigned lex_word_run(__m128i v, __m128i *lower)
{
    __m128i upper = lex_in_range(v, 'A', 'Z');
    __m128i low = _mm_or_si128(v, _mm_and_si128(upper, _mm_set1_epi8(0x20)));
    __m128i in = _mm_or_si128(lex_in_range(low, 'a', 'z'), lex_in_range(v, '0', '9'));

    in = _mm_or_si128(in, _mm_cmpeq_epi8(v, _mm_set1_epi8('_')));
    in = _mm_or_si128(in, _mm_cmpeq_epi8(v, _mm_set1_epi8('$')));
    in = _mm_or_si128(in, v); /* only the sign bits count below: those of bytes beyond ASCII */
    *lower = low;
    return (unsigned)__builtin_ctz(~(unsigned)_mm_movemask_epi8(in));
}

static inline bool lex_is_word(byte c)
{
    return lex_class[c] == LEX_WORD || lex_class[c] == LEX_DIGIT || c == '$';
}

/* Behind the run of word characters at p. */
static inline const byte *lex_skip_word(const byte *p, const byte *end)
{
    for (;;) {
        __m128i lower;
        unsigned n = lex_word_run(lex_load(p, end), &lower);
        p += n;
        if (n < 16)
            return p;
    }
}

/* Behind the number at p, which is at its first digit or at its point. */
static inline const byte *lex_skip_number(const byte *p, const byte *end)
{
    const byte *q = lex_skip_word(p, end);

    if (q < end && *q == '.')
        q = lex_skip_word(q + 1, end);
    if (end - q > 1 && (*q == '-' || *q == '+') && (q[-1] | 0x20) == 'e' && lex_class[q[1]] == LEX_DIGIT && (p[1] | 0x20) != 'x')
        q = lex_skip_word(q + 1, end);
    return q;
}

static inline const byte *lex_skip_space(const byte *p, const byte *end)
{
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned space = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(' ')), v));
        if (space != 0xffff)
            return p + __builtin_ctz(~space);
        p += 16;
    }
    while (p < end && *p <= ' ')
        p++;
    return p;
}

/* The first c at or behind p, or end. */
static inline const byte *lex_find(const byte *p, const byte *end, char c)
{
    while (end - p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8(c)));
        if (found)
            return p + __builtin_ctz(found);
        p += 16;
    }
    while (p < end && *p != (byte)c)
        p++;
    return p;
}

/* The first c or d at or behind p, or end. */
static inline const byte *lex_find_either(const byte *p, const byte *end, byte c, byte d)
{
    while (p < end && *p != c && *p != d)
        p++;
    return p;
}

/* The comment that begins at p (two bytes are there), with those inside of it where they nest; returns what is behind it. */
const byte *lex_skip_comment(const byte *p, const byte *end, bool nested);

/* The end of the operator at p: a run of operator characters, cut where a comment, a parameter or a sign begins. The cut depends
 * on the characters of the operator and on no more than two behind it, and an operator that is cut off stays as it is when
 * spaces surround it. */
const byte *lex_skip_operator(const byte *p, const byte *end);

#endif
