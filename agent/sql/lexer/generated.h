/* Names that programs make of data: of temporary tables, partitions, cursors, with a uuid or a long number in them. In the
 * normalised text those parts are ?: tmp_3f2a9c1d is tmp_?, so that 400 such tables are not 400 statements.
 *
 * Private to the lexer. Pure.
 */
#ifndef NPLUS1_AGENT_SQL_LEXER_GENERATED_H
#define NPLUS1_AGENT_SQL_LEXER_GENERATED_H

#include <stdbool.h>

#include "agent/sql/lexer/lexer.h"

/* Fewer bytes than these have no such part. */
#define GENERATED_LEAST 8

/* Takes what is generated out of the name [p, end); returns its new end. A part has at least eight hexadecimal digits, at least
 * one of them decimal, and nothing else, or is a uuid; it is bounded by something other than letters and digits. bare: the name
 * is not quoted, and a part stands behind an underscore. */
byte *generated_fold(byte *p, byte *end, bool bare);

/* Whether one of the first n bytes of v may be a digit: a letter is none. */
static inline bool generated_digits(__m128i v, unsigned n)
{
    return ((unsigned)_mm_movemask_epi8(_mm_cmplt_epi8(v, _mm_set1_epi8('9' + 1))) & ((1u << n) - 1)) != 0;
}

#endif
