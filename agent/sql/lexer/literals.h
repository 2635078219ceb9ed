/* Values of SQL's literals, as hashes of agent/value/value.h. Pure, no allocation, at most 512 bytes of stack. */
#ifndef NPLUS1_AGENT_SQL_LEXER_LITERALS_H
#define NPLUS1_AGENT_SQL_LEXER_LITERALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum literal_kind {
    LITERAL_PLAIN,   /* '..', N'..': a quote is doubled */
    LITERAL_ESCAPE,  /* E'..': backslashes too */
    LITERAL_UNICODE, /* U&'..': \XXXX and \+XXXXXX */
    LITERAL_HEX,     /* X'..' */
    LITERAL_RAW,     /* $tag$..$tag$, B'..': as it stands */
};

/* Decoded text is hashed up to this length; text that needs no decoding is hashed whole. */
#define LITERAL_DECODED 256

/* The value of a string whose content, between the quotes, is text. */
uint64_t literal_string(enum literal_kind kind, const unsigned char *text, size_t length);

/* The value of a number; when negative, text[-1] is its minus. An integer outside of int64_t and a decimal that no double holds
 * as simply as it is written hash by their text. */
uint64_t literal_number(const unsigned char *text, size_t length, bool negative);

#endif
