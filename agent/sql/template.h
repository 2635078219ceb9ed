/* Templates: a text that was lexed once, and where its literals stand, so that the next text of the same make is recognised by
 * comparing what is between them.
 *
 * Programs that write values into their SQL send another text each time, and lexing is most of what such a command costs. A text
 * that has the same bytes between literals of the same kinds is lexed the same way: what a token is depends on its own bytes, on
 * those right behind it and on what came before (fingerprint.c), and a literal ends where its own characters and the first byte
 * behind it, which is the same, say so. Only numbers that begin with a digit or a minus and strings in plain quotes may differ;
 * every other literal stands in the bytes that are compared. Where the minus of a number could be a part of something else, the
 * text is not made a template.
 *
 * Pure, no allocation, no lock. Texts need not be terminated.
 */
#ifndef NPLUS1_AGENT_SQL_TEMPLATE_H
#define NPLUS1_AGENT_SQL_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/sql/types.h"

#define TEMPLATE_TEXT   400 /* bytes between the literals */
#define TEMPLATE_PREFIX 16  /* bytes of a text before its first literal, at the least */
#define TEMPLATE_MOST   768 /* bytes of a text that can be one of a template */

enum template_kind {
    TEMPLATE_CONSTANT, /* in the bytes that are compared */
    TEMPLATE_NUMBER,
    TEMPLATE_SIGNED, /* a number that may have a minus */
    TEMPLATE_STRING,
};

struct template
{
    uint16_t length;  /* of text */
    uint8_t literals; /* in all */
    uint8_t parts;    /* those that may differ */
    struct {
        uint16_t length;       /* of the text before it */
        uint8_t kind, literal; /* which one of all */
    } part[FINGERPRINT_LITERALS];
    uint8_t slot[FINGERPRINT_LITERALS]; /* of each literal: its place among all slots */
    char text[TEMPLATE_TEXT];
};

/* fp: of that text. False: no template can be made of it. */
bool template_make(struct template *template, const char *sql, size_t length, const struct fingerprint *fp);

/* Whether the text is one of the template. Then those of values[] that may differ are this text's; else any of them may have
 * changed. values: one for each literal, in the order of the text. */
bool template_match(const struct template *template, const char *sql, size_t length, uint64_t *values);

/* A number that all texts of a template have in common, and few others; texts have at least TEMPLATE_PREFIX bytes. */
uint64_t template_key(const char *sql, size_t length);

#endif
