#include "collectors/languages/hotspot/debug_lines.h"

#include <stdbool.h>
#include <string.h>

#define NUMBER_MAX UINT64_C(0xffffffff)
#define UTF8       1 /* a constant's kind; two bytes of length follow */

/* A text that need not be terminated. */
struct text {
    const char *at, *end;
};

static char first(const struct text *text)
{
    return text->at < text->end ? *text->at : '\0';
}

static bool begins(const struct text *text, const char *with)
{
    size_t length = strlen(with);

    return (size_t)(text->end - text->at) >= length && memcmp(text->at, with, length) == 0;
}

static void skip_line(struct text *text)
{
    while (text->at < text->end && *text->at != '\n')
        text->at++;
    text->at += text->at < text->end;
}

static uint64_t number(struct text *text)
{
    uint64_t n = 0;

    for (; first(text) >= '0' && first(text) <= '9' && n <= NUMBER_MAX; text->at++)
        n = n * 10 + (uint64_t)(*text->at - '0');
    return n;
}

static bool take(struct text *text, char c)
{
    bool is = first(text) == c;

    text->at += is;
    return is;
}

/* 76#1,2:131,11: two lines from 76 on, of file 1, for 11 each from 131 on. What is left out is 1, or the file before. */
static uint64_t in_entry(struct text text, uint64_t line)
{
    uint64_t from = number(&text), count = 1, to, each = 1;

    if (take(&text, '#'))
        number(&text);
    if (take(&text, ','))
        count = number(&text);
    if (!take(&text, ':'))
        return 0;
    to = number(&text);
    if (take(&text, ','))
        each = number(&text);
    if (each == 0 || line < to || (line - to) / each >= count)
        return 0;
    return from + (line - to) / each;
}

static uint32_t in_map(struct text text, uint32_t line)
{
    uint64_t found = 0;

    while (text.at < text.end && !begins(&text, "*S KotlinDebug"))
        skip_line(&text);
    while (text.at < text.end && !begins(&text, "*L"))
        skip_line(&text);
    for (skip_line(&text); text.at < text.end && *text.at != '*' && found == 0; skip_line(&text))
        found = in_entry(text, line);
    return found > 0 && found <= NUMBER_MAX ? (uint32_t)found : line;
}

/* Bytes of a constant that is no text, behind its kind; 0: not known. */
static size_t size_of(unsigned kind)
{
    static const uint8_t sizes[] = {[3] = 4,  [4] = 4,  [5] = 8,  [6] = 8,  [7] = 2,  [8] = 2,  [9] = 4,  [10] = 4,
                                    [11] = 4, [12] = 4, [15] = 3, [16] = 2, [17] = 4, [18] = 4, [19] = 2, [20] = 2};

    return kind < sizeof sizes ? sizes[kind] : 0;
}

uint32_t debug_lines_find(const unsigned char *constants, size_t size, uint32_t line)
{
    for (size_t at = 0, length; size - at >= 3; at += length) {
        const unsigned char *constant = constants + at;
        struct text text = {(const char *)constant + 3, NULL};
        length = constant[0] == UTF8 ? 3 + ((size_t)constant[1] << 8 | constant[2]) : 1 + size_of(constant[0]);
        if (length == 1 || length > size - at)
            break;
        text.end = (const char *)constant + length;
        if (constant[0] == UTF8 && begins(&text, "SMAP\n"))
            return in_map(text, line);
    }
    return line;
}
