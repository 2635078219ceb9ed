#include "agent/sql/split.h"

#include "agent/sql/lexer/lexer.h"

/* The first words of a statement, as far as they tell that a routine's body may follow: CREATE [OR REPLACE] FUNCTION or
 * PROCEDURE, whose body may be BEGIN ATOMIC .. END with semicolons in it (as psql's lexer has it, src/fe_utils/psqlscan.l). */
struct words {
    unsigned count;
    bool create, routine;
    unsigned depth; /* of BEGIN and CASE */
};

static bool is(const byte *p, size_t length, const char *word)
{
    size_t i = 0;

    for (; i < length && word[i]; i++) {
        if ((p[i] | 0x20) != word[i])
            return false;
    }
    return i == length && !word[i];
}

static void word(struct words *w, const byte *p, size_t length)
{
    if (w->count++ == 0)
        w->create = is(p, length, "create");
    if (!w->create)
        return;
    if (w->count == 2 || w->count == 4)
        w->routine |= is(p, length, "function") || is(p, length, "procedure");
    if (!w->routine)
        return;
    if (is(p, length, "begin") || (w->depth > 0 && is(p, length, "case")))
        w->depth++;
    else if (w->depth > 0 && is(p, length, "end"))
        w->depth--;
}

/* Behind the string or quoted name whose content begins at p; two quotes are one of the content. */
static const byte *skip_quoted(const byte *p, const byte *end, char quote, bool escapes)
{
    for (; p < end; p++) {
        if (*p == '\\' && escapes && end - p > 1) {
            p++;
        } else if (*p == (byte)quote) {
            if (end - p < 2 || p[1] != (byte)quote)
                return p + 1;
            p++;
        }
    }
    return end;
}

/* $tag$ .. $tag$; p is at the first dollar. */
static const byte *skip_dollar(const byte *p, const byte *end)
{
    const byte *tag = p++;
    size_t length;

    while (p < end && lex_is_word(*p) && *p != '$')
        p++;
    if (p == end || *p != '$' || (p - tag > 1 && lex_class[tag[1]] == LEX_DIGIT))
        return tag + 1;
    length = (size_t)(++p - tag);
    for (; (size_t)(end - p) >= length; p++) {
        p = lex_find(p, end, '$');
        if ((size_t)(end - p) < length)
            break;
        if (memcmp(p, tag, length) == 0)
            return p + length;
    }
    return end;
}

static bool is_comment(const byte *p, const byte *end)
{
    return end - p >= 2 && ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*'));
}

/* Behind the statement's last character: its semicolon, or the end. */
static const byte *skip_statement(const byte *p, const byte *end, bool escapes)
{
    struct words w = {0};
    unsigned parentheses = 0;
    const byte *start;

    while (p < end) {
        switch ((enum lex_class)lex_class[*p]) {
        case LEX_WORD:
            start = p;
            p = lex_skip_word(p, end);
            if (p - start == 1 && (*start | 0x20) == 'e' && p < end && *p == '\'')
                p = skip_quoted(p + 1, end, '\'', true);
            else
                word(&w, start, (size_t)(p - start));
            break;
        case LEX_DIGIT:
            p = lex_skip_word(p, end);
            break;
        case LEX_STRING:
            p = skip_quoted(p + 1, end, '\'', escapes);
            break;
        case LEX_QUOTED:
            p = skip_quoted(p + 1, end, (char)*p, false);
            break;
        case LEX_DOLLAR:
            p = skip_dollar(p, end);
            break;
        case LEX_OPERATOR:
            p = is_comment(p, end) ? lex_skip_comment(p, end, true) : p + 1;
            break;
        case LEX_OPEN:
            parentheses++;
            p++;
            break;
        case LEX_CLOSE:
            parentheses -= parentheses > 0 && *p == ')';
            p++;
            break;
        case LEX_SEMICOLON:
            p++;
            if (parentheses == 0 && w.depth == 0)
                return p;
            break;
        default:
            p++;
        }
    }
    return end;
}

bool split_next(bool escapes, const char **rest, size_t *left, const char **ret, size_t *ret_length)
{
    const byte *p = (const byte *)*rest;
    const byte *end = p + *left;
    const byte *behind;

    for (;;) {
        while (p < end && (lex_class[*p] == LEX_SPACE || *p == ';'))
            p++;
        if (!is_comment(p, end))
            break;
        p = lex_skip_comment(p, end, true);
    }
    if (p == end)
        return false;
    behind = skip_statement(p, end, escapes);
    *ret = (const char *)p;
    *ret_length = (size_t)(behind - p);
    *rest = (const char *)behind;
    *left = (size_t)(end - behind);
    return true;
}
