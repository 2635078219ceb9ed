#include "exporter/advice/sql/tokens.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEPTH_MAX 64

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static bool is_quote(char c)
{
    return c == '"' || c == '`';
}

/* 0: it has no end. */
static size_t quoted_length(const char *p)
{
    char close = *p;
    size_t n = 1;
    while (p[n] && (p[n] != close || p[n + 1] == close))
        n += p[n] == close ? 2 : 1;
    return p[n] ? n + 1 : 0;
}

/* A dotted name is one token. Returns its length, 0 when there is none here. */
static size_t name_length(const char *p, enum sql_token_kind *ret_kind)
{
    size_t n = 0;
    *ret_kind = SQL_WORD;
    for (;;) {
        if (is_quote(p[n])) {
            size_t quoted = quoted_length(p + n);
            if (quoted == 0)
                return 0;
            n += quoted;
            *ret_kind = SQL_NAME;
        } else {
            while (is_word_byte(p[n]))
                n++;
        }
        if (n == 0 || p[n] != '.')
            return n;
        if (p[n + 1] == '*') {
            *ret_kind = SQL_STAR;
            return n + 2;
        }
        if (!is_word_byte(p[n + 1]) && !is_quote(p[n + 1]))
            return n;
        *ret_kind = SQL_NAME;
        n++;
    }
}

static size_t operator_length(const char *p)
{
    size_t n = strspn(p, "+-*/<>=~!@#%^&|:");
    return n > 0 ? n : 1;
}

bool sql_is(const struct sql_tokens *t, size_t i, const char *text)
{
    if (i >= t->count)
        return false;
    const struct sql_token *token = &t->at[i];
    if ((token->start[0] ^ text[0]) & ~0x20)
        return false; /* nearly always, and much sooner */
    return strncasecmp(token->start, text, token->length) == 0 && text[token->length] == '\0';
}

bool sql_is_any(const struct sql_tokens *t, size_t i, const char *const *texts)
{
    for (; *texts; texts++) {
        if (sql_is(t, i, *texts))
            return true;
    }
    return false;
}

/* Words that cannot be a column where they stand alone. In the order of their bytes. */
static const char *const reserved[] = {"all",
                                       "and",
                                       "any",
                                       "array",
                                       "as",
                                       "asc",
                                       "between",
                                       "by",
                                       "case",
                                       "cast",
                                       "collate",
                                       "cross",
                                       "current_catalog",
                                       "current_date",
                                       "current_role",
                                       "current_schema",
                                       "current_time",
                                       "current_timestamp",
                                       "current_user",
                                       "default",
                                       "desc",
                                       "distinct",
                                       "else",
                                       "end",
                                       "escape",
                                       "exists",
                                       "false",
                                       "from",
                                       "full",
                                       "group",
                                       "having",
                                       "ilike",
                                       "in",
                                       "inner",
                                       "interval",
                                       "is",
                                       "join",
                                       "lateral",
                                       "left",
                                       "like",
                                       "limit",
                                       "localtime",
                                       "localtimestamp",
                                       "natural",
                                       "not",
                                       "null",
                                       "offset",
                                       "on",
                                       "only",
                                       "or",
                                       "order",
                                       "outer",
                                       "returning",
                                       "right",
                                       "select",
                                       "session_user",
                                       "set",
                                       "some",
                                       "tablesample",
                                       "then",
                                       "true",
                                       "union",
                                       "user",
                                       "using",
                                       "values",
                                       "when",
                                       "where",
                                       "window"};

static int compare_reserved(const void *key, const void *element)
{
    const struct sql_token *token = key;
    const char *word = *(const char *const *)element;
    int order = strncasecmp(token->start, word, token->length);
    return order ? order : -(word[token->length] != '\0');
}

bool sql_is_name(const struct sql_tokens *t, size_t i)
{
    if (i >= t->count || t->at[i].kind != SQL_WORD)
        return i < t->count && t->at[i].kind == SQL_NAME;
    return !bsearch(&t->at[i], reserved, sizeof reserved / sizeof *reserved, sizeof *reserved, compare_reserved);
}

/* A parameter of these calls takes the type of the other arguments; other functions may not be found without knowing it. */
static bool is_typed_call(const struct sql_tokens *t, size_t name)
{
    static const char *const words[] = {"in",     "values",     "and",          "or", "not",      "where",  "on",
                                        "like",   "by",         "select",       "=",  "coalesce", "ifnull", "nullif",
                                        "having", "string_agg", "group_concat", NULL};
    return t->at[name].kind == SQL_SYMBOL || sql_is_any(t, name, words);
}

/* Whether a parameter gets the type that a literal there would have: not behind then, +, interval, ... `open` is
 * the index of the parenthesis around it. */
static bool is_fit_for_placeholder(const struct sql_tokens *t, size_t i, size_t open)
{
    static const char *const before[] = {"(",     ",",      "=",  "==",     "<>",   "!=",     "<",     ">",    "<=",    ">=",
                                         "||",    "~",      "~*", "where",  "and",  "or",     "not",   "like", "ilike", "between",
                                         "limit", "offset", "is", "select", "glob", "escape", "first", "next", NULL};
    if (i == 0 || !sql_is_any(t, i - 1, before))
        return false;
    bool argument = sql_is(t, i - 1, "(") || sql_is(t, i - 1, ",");
    return !argument || open == SQL_NONE || (open > 0 && is_typed_call(t, open - 1));
}

/* The parenthesis at `open` is that of a list whose length the normal form hides. */
static bool opens_list(const struct sql_tokens *t, size_t open)
{
    return open > 0 && (sql_is(t, open - 1, "in") || sql_is(t, open - 1, "values"));
}

static bool nest_token(struct sql_tokens *t, size_t i, size_t open[DEPTH_MAX], size_t *depth)
{
    struct sql_token *token = &t->at[i];
    if (sql_is(t, i, "(")) {
        if (*depth == DEPTH_MAX)
            return false;
        token->depth = *depth;
        open[(*depth)++] = i;
        return true;
    }
    if (sql_is(t, i, ")")) {
        if (*depth == 0)
            return false;
        token->pair = open[--*depth];
        t->at[token->pair].pair = i;
    }
    token->depth = *depth;
    if (token->kind == SQL_PLACEHOLDER) {
        token->number = ++t->placeholders;
        for (size_t d = 0; d < *depth; d++)
            token->is_list |= opens_list(t, open[d]);
        return is_fit_for_placeholder(t, i, *depth > 0 ? open[*depth - 1] : SQL_NONE);
    }
    return true;
}

bool sql_tokenise(const char *sql, struct sql_tokens *ret)
{
    size_t open[DEPTH_MAX];
    size_t depth = 0;
    ret->count = 0;
    ret->placeholders = 0;
    for (const char *p = sql; *p;) {
        if (isspace((unsigned char)*p)) {
            p++;
            continue;
        }
        if (ret->count == SQL_TOKENS_MAX || strchr("[]{}\\;'", *p) || iscntrl((unsigned char)*p))
            return false;
        size_t i = ret->count++;
        struct sql_token *token = &ret->at[i];
        *token = (struct sql_token){.start = p, .pair = SQL_NONE, .kind = SQL_SYMBOL};
        token->length = name_length(p, &token->kind);
        if (token->length == 0) {
            if (is_quote(*p))
                return false;
            bool columns = *p == '*' &&
                           (i == 0 || sql_is(ret, i - 1, "select") || sql_is(ret, i - 1, ",") || sql_is(ret, i - 1, "("));
            token->kind = *p == '?' ? SQL_PLACEHOLDER : columns ? SQL_STAR : SQL_SYMBOL;
            token->length = columns ? 1 : operator_length(p);
        }
        if (!nest_token(ret, i, open, &depth))
            return false;
        p += token->length;
    }
    return depth == 0 && ret->count > 0;
}

static struct sql_part part_between(const char *start, const char *end)
{
    return (struct sql_part){.start = start, .length = (size_t)(end - start)};
}

/* The last component, and where the name ends before it. */
static struct sql_part split(const char *start, size_t length, size_t *ret_before)
{
    size_t last = 0;
    *ret_before = 0;
    for (size_t i = 0; i < length;) {
        size_t quoted = is_quote(start[i]) ? quoted_length(start + i) : 0;
        if (start[i] == '.') {
            *ret_before = i;
            last = i + 1;
        }
        i += quoted ? quoted : 1;
    }
    return part_between(start + last, start + length);
}

struct sql_part sql_last_part(const struct sql_token *token)
{
    size_t before;
    return split(token->start, token->length, &before);
}

struct sql_part sql_qualifier(const struct sql_token *token)
{
    size_t before;
    split(token->start, token->length, &before);
    return split(token->start, before, &before);
}

static bool is_quoted(struct sql_part part)
{
    return part.length >= 2 && is_quote(part.start[0]);
}

static struct sql_part content(struct sql_part part)
{
    if (is_quoted(part))
        part = (struct sql_part){.start = part.start + 1, .length = part.length - 2};
    return part;
}

bool sql_same_part(struct sql_part a, struct sql_part b)
{
    bool quoted = is_quoted(a) || is_quoted(b); /* names without quotes are lower case in normalised text */
    a = content(a);
    b = content(b);
    if (a.length != b.length)
        return false;
    return quoted ? memcmp(a.start, b.start, a.length) == 0 : strncasecmp(a.start, b.start, a.length) == 0;
}

bool sql_part_is(struct sql_part part, const char *name)
{
    part = content(part);
    return part.length == strlen(name) && strncasecmp(part.start, name, part.length) == 0;
}

void sql_unquote(struct sql_part part, char *out, size_t size)
{
    part = content(part);
    size_t length = part.length < size ? part.length : size - 1;
    memcpy(out, part.start, length);
    out[length] = '\0';
}

/* in (?): 4 tokens. */
static bool is_plain_list(const struct sql_tokens *t, size_t in, size_t end)
{
    return in + 4 <= end && sql_is(t, in, "in") && sql_is(t, in + 1, "(") && t->at[in + 2].kind == SQL_PLACEHOLDER &&
           sql_is(t, in + 3, ")");
}

void sql_write_placeholder(struct sql_writer *w)
{
    if (w->dialect->numbers_parameters)
        fprintf(w->out, "$%u", ++w->placeholders);
    else
        putc('?', w->out);
}

void sql_write(struct sql_writer *w, const struct sql_tokens *t, size_t first, size_t end)
{
    const char *written = first < end ? t->at[first].start : NULL;
    for (size_t i = first; i < end; i++) {
        const struct sql_token *token = &t->at[i];
        size_t negated = sql_is(t, i, "not");
        fwrite(written, 1, (size_t)(token->start - written), w->out);
        if (w->dialect->has_arrays && is_plain_list(t, i + negated, end)) {
            fputs(negated ? "<> all(" : "= any(", w->out);
            sql_write_placeholder(w);
            putc(')', w->out);
            i += 3 + negated;
        } else if (is_plain_list(t, i, end)) {
            fputs("in (?, ...)", w->out);
            i += 3;
        } else if (token->kind == SQL_PLACEHOLDER) {
            sql_write_placeholder(w);
        } else {
            fwrite(token->start, 1, token->length, w->out);
        }
        written = t->at[i].start + t->at[i].length;
    }
}
