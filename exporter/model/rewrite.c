#include "rewrite.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"

#define TOKENS_MAX 512

struct token {
    const char *start;
    size_t length;
    int depth;       /* of parentheses around it */
    bool is_word;    /* identifier, key word or number */
    bool is_quoted;  /* within quotes */
    uint32_t number; /* of a placeholder, from 1 */
};

struct tokens {
    struct token at[TOKENS_MAX];
    size_t count;
    uint32_t placeholders;
};

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static size_t quoted_length(const char *p)
{
    char close = *p;
    size_t n = 1;
    while (p[n] && (p[n] != close || p[n + 1] == close))
        n += p[n] == close ? 2 : 1;
    return p[n] ? n + 1 : n;
}

/* A dotted name is one token: orders."customer id". */
static size_t word_length(const char *p, bool *quoted)
{
    size_t n = 0;
    *quoted = false;
    for (;;) {
        if (p[n] == '"' || p[n] == '`') {
            n += quoted_length(p + n);
            *quoted = true;
        } else {
            while (is_word_byte(p[n]))
                n++;
        }
        if (n == 0 || p[n] != '.' || !(is_word_byte(p[n + 1]) || p[n + 1] == '"' || p[n + 1] == '`'))
            return n;
        n++;
    }
}

static bool tokenise(const char *sql, struct tokens *t)
{
    int depth = 0;
    t->count = 0;
    t->placeholders = 0;
    for (const char *p = sql; *p;) {
        if (isspace((unsigned char)*p)) {
            p++;
            continue;
        }
        if (t->count == TOKENS_MAX)
            return false;
        struct token *token = &t->at[t->count++];
        *token = (struct token){.start = p, .length = 1};
        size_t n = word_length(p, &token->is_quoted);
        if (n > 0) {
            token->length = n;
            token->is_word = true;
        } else if (*p == '?') {
            token->number = ++t->placeholders;
        } else if (*p == ')' || *p == ']') {
            depth--;
        }
        token->depth = depth;
        if (*p == '(' || *p == '[')
            depth++;
        p += token->length;
    }
    return depth == 0;
}

static bool is_token(const struct tokens *t, size_t i, const char *text)
{
    return i < t->count && t->at[i].length == strlen(text) && strncasecmp(t->at[i].start, text, t->at[i].length) == 0;
}

static bool is_any(const struct tokens *t, size_t i, const char *const *texts)
{
    for (; *texts; texts++) {
        if (is_token(t, i, *texts))
            return true;
    }
    return false;
}

/* Position of the first such token outside parentheses, or t->count. */
static size_t find(const struct tokens *t, const char *text)
{
    for (size_t i = 0; i < t->count; i++) {
        if (t->at[i].depth == 0 && is_token(t, i, text))
            return i;
    }
    return t->count;
}

static bool aggregates(const struct tokens *t)
{
    static const char *const functions[] = {"count", "sum", "min", "max", "avg", "total", NULL};
    static const char *const wrappers[] = {"coalesce", "ifnull", NULL};
    size_t from = find(t, "from");
    if (!is_token(t, 0, "select") || find(t, "group") < t->count || find(t, "over") < t->count || from == t->count)
        return false;
    bool at_start = true; /* of an item of the select list */
    for (size_t i = 1; i < from; i++) {
        if (at_start) {
            size_t function = is_any(t, i, wrappers) && is_token(t, i + 1, "(") ? i + 2 : i;
            if (!is_any(t, function, functions) || !is_token(t, function + 1, "("))
                return false;
        }
        at_start = t->at[i].depth == 0 && is_token(t, i, ",");
    }
    return !at_start;
}

bool rewrite_is_aggregate(const char *sql)
{
    struct tokens *t = alloc_resize(NULL, 1, sizeof *t); /* large, and tokenise fills what is used */
    bool result = tokenise(sql, t) && aggregates(t);
    free(t);
    return result;
}

/* Shapes for which a list in place of one value means something else, or that we do not look through. */
static bool is_simple(const struct tokens *t)
{
    static const char *const others[] = {"distinct", "limit", "offset", "fetch",  "union", "intersect", "except",
                                         "or",       "not",   "having", "window", "with",  ";",         NULL};
    if (!is_token(t, 0, "select"))
        return false;
    for (size_t i = 0; i < t->count; i++) {
        if (t->at[i].depth == 0 && is_any(t, i, others))
            return false;
    }
    return find(t, "group") == t->count && find(t, "from") < find(t, "where");
}

struct predicate {
    size_t first; /* of its three tokens */
    size_t column;
};

/* col = ? or ? = col outside parentheses in the WHERE clause, between its start, ANDs, ORDER BY and the end. */
static bool find_predicate(const struct tokens *t, uint32_t parameter, struct predicate *ret)
{
    for (size_t i = find(t, "where") + 1; i < t->count; i++) {
        if (t->at[i].number != parameter || t->at[i].depth != 0)
            continue;
        bool column_first = is_token(t, i - 1, "=") && t->at[i - 2].is_word;
        bool column_last = is_token(t, i + 1, "=") && i + 2 < t->count && t->at[i + 2].is_word;
        if (!column_first && !column_last)
            return false;
        ret->first = column_first ? i - 2 : i;
        ret->column = column_first ? i - 2 : i + 2;
        size_t before = ret->first - 1;
        size_t after = ret->first + 3;
        return (is_token(t, before, "where") || is_token(t, before, "and")) &&
               (after >= t->count || is_token(t, after, "and") || is_token(t, after, "order"));
    }
    return false;
}

/* Whether the select list already holds the column, so that rows can be told apart. */
static bool is_selected(const struct tokens *t, const struct token *column)
{
    const char *dot = memrchr(column->start, '.', column->length);
    const char *name = dot ? dot + 1 : column->start;
    size_t length = (size_t)(column->start + column->length - name);
    for (size_t i = 1; i < t->count && !(t->at[i].depth == 0 && is_token(t, i, "from")); i++) {
        const struct token *token = &t->at[i];
        if (token->depth != 0)
            continue;
        if (is_token(t, i, "*"))
            return true;
        if (token->is_word && token->length >= length && strncmp(token->start + token->length - length, name, length) == 0 &&
            (token->length == length || token->start[token->length - length - 1] == '.'))
            return true;
    }
    return false;
}

/* Copies the text between two places, numbering PostgreSQL's placeholders. */
static void put(FILE *out, const struct tokens *t, const char *from, const char *to, bool is_postgresql)
{
    for (size_t i = 0; i < t->count && is_postgresql; i++) {
        const struct token *token = &t->at[i];
        if (token->number == 0 || token->start < from || token->start >= to)
            continue;
        fwrite(from, 1, (size_t)(token->start - from), out);
        fprintf(out, "$%u", token->number);
        from = token->start + 1;
    }
    fwrite(from, 1, (size_t)(to - from), out);
}

static char *render(const struct tokens *t, const char *sql, const struct predicate *p, uint32_t parameter, bool is_postgresql)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    const struct token *column = &t->at[p->column];
    const struct token *last = &t->at[p->first + 2];
    const char *list = t->at[0].start + t->at[0].length;
    const char *end = sql + strlen(sql);
    bool aggregate = aggregates(t);
    size_t order = find(t, "order");
    const char *tail = order < t->count ? t->at[order].start : end;

    put(out, t, sql, list, is_postgresql);
    if (aggregate || !is_selected(t, column))
        fprintf(out, " %.*s,", (int)column->length, column->start);
    put(out, t, list, t->at[p->first].start, is_postgresql);
    fwrite(column->start, 1, column->length, out);
    if (is_postgresql)
        fprintf(out, " = any($%u)", parameter);
    else
        fputs(" in (?, ?, ...)", out);
    put(out, t, last->start + last->length, aggregate ? tail : end, is_postgresql);
    if (aggregate)
        fprintf(out, "%sgroup by %.*s", tail[-1] == ' ' ? "" : " ", (int)column->length, column->start);
    fclose(out);
    return text;
}

char *rewrite_for_list(const char *sql, uint32_t parameter, bool is_postgresql)
{
    struct tokens *t = alloc_resize(NULL, 1, sizeof *t); /* large, and tokenise fills what is used */
    struct predicate predicate;
    char *result = NULL;
    if (tokenise(sql, t) && is_simple(t)) {
        if (parameter == 0 && t->placeholders == 1)
            parameter = 1;
        if (parameter > 0 && parameter <= t->placeholders && find_predicate(t, parameter, &predicate))
            result = render(t, sql, &predicate, parameter, is_postgresql);
    }
    free(t);
    return result;
}
