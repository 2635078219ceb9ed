#include "agent/sql/facts/comparison.h"

#include <string.h>

#include "agent/base/compiler.h"

static const struct scan_token none = {.kind = SCAN_END};

/* Of one character, or of that and a second one. */
static bool is_operator(const struct scan_token *token, char first, char second)
{
    return token->length >= 1 && token->length <= 2 && token->text[0] == first &&
           (token->length == 1 || token->text[1] == second);
}

/* A value is wanted that is compared with the column that was read last. */
static void want(struct comparison *c, enum comparison_kind kind)
{
    c->wanted = c->column.kind == SCAN_END ? COMPARISON_NONE : kind;
    c->compared = c->column;
    c->column = none;
    c->between = false;
}

static void take_word(struct comparison *c, const struct scan_token *token)
{
    if (c->last.kind == SCAN_CAST)
        return; /* a type */
    if (scan_is_one(token, KEYWORDS_EQUALS)) {
        want(c, COMPARISON_EQUAL);
    } else if (scan_is(token, KEYWORD_BETWEEN)) {
        want(c, COMPARISON_BETWEEN);
    } else if (scan_is(token, KEYWORD_AND) && c->between) {
        c->wanted = COMPARISON_AND;
        c->between = false;
    } else if (scan_is_one(token, KEYWORDS_OTHERS)) {
        if (scan_is(token, KEYWORD_SET))
            c->assigns = true;
        else if (scan_is(token, KEYWORD_WHERE) || scan_is(token, KEYWORD_FROM) || scan_is(token, KEYWORD_RETURNING))
            c->assigns = false;
        c->column = none;
        c->wanted = COMPARISON_NONE;
    } else if (!scan_is_one(token, KEYWORDS_KEPT)) {
        c->column = *token;
        c->wanted = COMPARISON_NONE;
    }
}

static void take_operator(struct comparison *c, const struct scan_token *token)
{
    if (is_operator(token, '=', '=') || (token->length == 2 && (is_operator(token, '<', '>') || is_operator(token, '!', '=')))) {
        want(c, COMPARISON_EQUAL);
    } else if (is_operator(token, '<', '=') || is_operator(token, '>', '=')) {
        want(c, *token->text == '<' ? COMPARISON_LESS : COMPARISON_MORE);
        c->strict = token->length == 1;
    } else {
        c->column = none;
        c->wanted = COMPARISON_NONE;
    }
}

void comparison_take(struct comparison *c, const struct scan_token *token)
{
    c->kind = COMPARISON_NONE;
    switch (token->kind) {
    case SCAN_WORD:
        take_word(c, token);
        break;
    case SCAN_QUOTED:
        if (c->last.kind != SCAN_CAST) {
            c->column = *token;
            c->wanted = COMPARISON_NONE;
        }
        break;
    case SCAN_MARK:
        c->kind = c->wanted;
        c->between = c->wanted == COMPARISON_BETWEEN;
        c->wanted = COMPARISON_NONE;
        c->column = none;
        break;
    case SCAN_OPERATOR:
        take_operator(c, token);
        break;
    case SCAN_OPEN:
        c->column = c->row = none;
        break;
    case SCAN_COMMA:
        if (c->row.kind == SCAN_END)
            c->row = c->column;
        c->column = none;
        break;
    case SCAN_CLOSE:
        c->column = c->row;
        c->row = none;
        c->wanted = COMPARISON_NONE;
        break;
    case SCAN_SEMICOLON:
        *c = (struct comparison){.last = none};
        break;
    default:
        break;
    }
    c->last = *token;
}

/* ? = t.column, ?::integer = t.column: how SQLAlchemy asks for the rows that belong to one. scan: behind the ?; before: the token
 * before it. A name of kind SCAN_END: it is not that. */
static struct scan_token compared_behind(struct scan scan, const struct scan_token *before, bool assigns)
{
    struct scan_token token = scan_next(&scan), name;

    if (assigns || (before->kind != SCAN_OPEN && !scan_is_one(before, KEYWORDS_BEGIN)))
        return none;
    if (token.kind == SCAN_CAST) {
        do
            token = scan_next(&scan);
        while (token.kind == SCAN_WORD);
    }
    if (token.kind != SCAN_OPERATOR || !is_operator(&token, '=', '='))
        return none;
    do {
        name = scan_next(&scan);
        token = scan_next(&scan);
    } while ((name.kind == SCAN_WORD || name.kind == SCAN_QUOTED) && token.kind == SCAN_DOT);
    if ((name.kind != SCAN_WORD && name.kind != SCAN_QUOTED) || token.kind == SCAN_OPERATOR || token.kind == SCAN_OPEN ||
        token.kind == SCAN_SUBSCRIPT || token.kind == SCAN_CAST)
        return none;
    return name;
}

size_t comparison_find(const char *text, size_t length, size_t at, size_t *ret_start)
{
    struct scan scan = {.start = text, .p = text, .end = text + length};
    struct comparison c = {.last = none};
    struct scan_token token, name, before;

    do {
        before = c.last;
        token = scan_next(&scan);
        comparison_take(&c, &token);
    } while (token.kind != SCAN_END && token.text < text + at);
    if (token.text != text + at)
        return 0;
    name = c.kind == COMPARISON_NONE ? compared_behind(scan, &before, c.assigns) : c.compared;
    if (name.kind == SCAN_END || c.assigns)
        return 0;
    name = scan_unquoted(&name);
    *ret_start = (size_t)(name.text - text);
    return name.length;
}

size_t comparison_column(const char *text, size_t length, size_t at, char *ret, size_t size)
{
    size_t start, name = comparison_find(text, length, at, &start);

    if (name == 0 || name >= size)
        return 0;
    memcpy(ret, text + start, name);
    ret[name] = 0;
    return name;
}

bool comparison_all_differ(const char *text, size_t length, const char *name, size_t size)
{
    struct scan scan = {.start = text, .p = text, .end = text + length};
    struct comparison c = {.last = none};
    size_t name_length = strlen(name);
    struct scan_token token, column, before;

    for (token = scan_next(&scan); token.kind != SCAN_END; token = scan_next(&scan)) {
        before = c.last;
        comparison_take(&c, &token);
        if (token.kind != SCAN_MARK) {
            if (memchr(token.text, '?', token.length))
                return false;
            continue;
        }
        column = c.kind == COMPARISON_NONE ? compared_behind(scan, &before, c.assigns) : c.compared;
        if (column.kind == SCAN_END || c.assigns)
            return false;
        column = scan_unquoted(&column);
        if (column.length == 0 || column.length >= size)
            return false;
        if (column.length == name_length && memcmp(column.text, name, name_length) == 0)
            return false;
    }
    return true;
}
