#include "agent/sql/facts/joins.h"

#include <string.h>

static const struct scan_token none = {.kind = SCAN_END};

static bool is_name(const struct scan_token *token)
{
    return token->kind == SCAN_WORD || token->kind == SCAN_QUOTED;
}

static bool is_called(const struct scan_token *token, enum keyword_id name)
{
    struct scan_token bare = scan_as_word(token);

    return scan_is(&bare, name);
}

/* id, or what the table is called and _id: kinds.kind_id */
static bool is_own_key(const struct scan_token *table, const struct scan_token *column)
{
    struct scan_token t = scan_unquoted(table), c = scan_unquoted(column);
    size_t stem;

    if (is_called(column, KEYWORD_ID) || is_called(column, KEYWORD_ROWID))
        return true;
    if (c.length <= 3 || memcmp(c.text + c.length - 3, "_id", 3) != 0)
        return false;
    stem = c.length - 3;
    return (t.length == stem || (t.length == stem + 1 && t.text[stem] == 's')) && memcmp(t.text, c.text, stem) == 0;
}

static bool is_of_joined(const struct joins *j, const struct scan_token *owner)
{
    return owner->kind != SCAN_END && scan_same_name(owner, j->alias.kind == SCAN_END ? &j->table : &j->alias);
}

/* The second operand was read. */
static void end(struct joins *j)
{
    bool left = is_of_joined(j, &j->left_owner), right = is_of_joined(j, &j->owner);

    j->to_one += left != right && is_own_key(&j->table, left ? &j->left : &j->column);
    j->stage = JOINS_OUTSIDE;
}

static void take_operand(struct joins *j, const struct scan_token *token)
{
    if (token->kind == SCAN_DOT) {
        j->owner = j->column;
        j->column = none;
    } else if (is_name(token) && j->column.kind == SCAN_END) {
        j->column = *token;
    } else if (j->stage == JOINS_EQUAL && j->column.kind != SCAN_END) {
        end(j);
    } else if (j->stage == JOINS_ON && token->kind == SCAN_OPERATOR && token->length == 1 && *token->text == '=') {
        j->left = j->column;
        j->left_owner = j->owner;
        j->owner = j->column = none;
        j->stage = JOINS_EQUAL;
    } else if (token->kind != SCAN_OPEN || j->column.kind != SCAN_END) {
        j->stage = JOINS_OUTSIDE;
    }
}

static void take_name(struct joins *j, const struct scan_token *token)
{
    if (scan_is(token, KEYWORD_ON)) {
        j->stage = j->table.kind == SCAN_END ? JOINS_OUTSIDE : JOINS_ON;
        j->owner = j->column = none;
    } else if (scan_is(token, KEYWORD_AS)) {
        j->stage = JOINS_NAMED;
    } else if (j->stage == JOINS_TABLE) {
        j->table = *token;
        j->stage = JOINS_NAMED;
    } else if (j->alias.kind == SCAN_END) {
        j->alias = *token;
    } else {
        j->stage = JOINS_OUTSIDE;
    }
}

void joins_take(struct joins *j, const struct scan_token *token)
{
    if (j->stage == JOINS_ON || j->stage == JOINS_EQUAL)
        take_operand(j, token);
    else if (j->stage == JOINS_NAMED && token->kind == SCAN_DOT)
        j->stage = JOINS_TABLE; /* a schema */
    else if (j->stage != JOINS_OUTSIDE && is_name(token) && !scan_is(token, KEYWORD_JOIN))
        take_name(j, token);
    else
        j->stage = JOINS_OUTSIDE;
    if (scan_is(token, KEYWORD_JOIN)) {
        *j = (struct joins){.stage = JOINS_TABLE, .table = none, .alias = none, .count = j->count + 1, .to_one = j->to_one};
    }
}

bool joins_are_to_one(const struct joins *j)
{
    return j->count > 0 && j->to_one == j->count;
}
