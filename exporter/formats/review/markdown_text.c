#include "exporter/formats/review/markdown_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/formats/escape.h"

#define MARKUP  "\\`*_{}[]<>#!|&~@$^\"" /* signs that have a meaning within a paragraph */
#define NOTHING "&#8203;"               /* a blank without width: what is behind it is no name of anything */

/* A sign that makes a mention or a reference of the word behind it: @user, #1, and GitLab's !1, $1, %1, ~label, &epic, ^alert. */
static int is_reference(const char *at)
{
    return strchr("@#!$%~&^*", *at) && at[1] && at[1] != ' ';
}

/* GH-1. */
static int is_issue(const char *text, const char *at)
{
    return *at == '-' && at - text >= 2 && strncasecmp(at - 2, "gh", 2) == 0 && isdigit((unsigned char)at[1]);
}

/* https://, and the first letter of www. */
static int is_link(const char *at)
{
    return strncmp(at, "://", 3) == 0 || strncasecmp(at, "www.", 4) == 0;
}

/* :tada: */
static int is_emoji(const char *at)
{
    return *at == ':' && (isalnum((unsigned char)at[1]) || at[1] == '+' || at[1] == '-');
}

/* The names of commits become links from seven digits on. */
static size_t hexadecimal_length(const char *text, const char *at)
{
    size_t length = strspn(at, "0123456789abcdef");
    int starts = at == text || !isalnum((unsigned char)at[-1]);
    return starts && length >= 7 && !isalnum((unsigned char)at[length]) ? length : 0;
}

void markdown_prose(FILE *out, const char *text, size_t width)
{
    char *copy = escape_printable(text, width);
    size_t digits = 0; /* of a commit's name, that are still to come */
    for (const char *at = copy; *at; at++) {
        digits = digits > 0 ? digits - 1 : hexadecimal_length(copy, at);
        if (strchr(MARKUP, *at))
            putc('\\', out);
        putc(*at, out);
        if (digits % 6 == 1 || is_reference(at) || is_issue(copy, at) || is_link(at) || is_emoji(at))
            fputs(NOTHING, out);
    }
    free(copy);
}

static size_t longest_run(const char *text)
{
    size_t longest = 0;
    for (const char *at = strchr(text, '`'); at; at = strchr(at, '`')) {
        size_t run = strspn(at, "`");
        longest = run > longest ? run : longest;
        at += run;
    }
    return longest;
}

static void repeat(FILE *out, char c, size_t count)
{
    while (count-- > 0)
        putc(c, out);
}

void markdown_code(FILE *out, const char *text, size_t width)
{
    char *copy = escape_printable(text, width);
    size_t ticks = longest_run(copy) + 1;
    size_t length = strlen(copy);
    int blanks = length == 0 || copy[0] == '`' || copy[length - 1] == '`' || (copy[0] == ' ' && copy[length - 1] == ' ');
    repeat(out, '`', ticks);
    fprintf(out, "%s%s%s", blanks ? " " : "", copy, blanks ? " " : "");
    repeat(out, '`', ticks);
    free(copy);
}

void markdown_block(FILE *out, const char *text, size_t width, int indent)
{
    char *copy = escape_printable(text, width);
    size_t ticks = longest_run(copy) + 1;
    ticks = ticks < 3 ? 3 : ticks;
    repeat(out, ' ', (size_t)indent);
    repeat(out, '`', ticks);
    fprintf(out, "sql\n%*s%s\n%*s", indent, "", copy, indent, "");
    repeat(out, '`', ticks);
    putc('\n', out);
    free(copy);
}
