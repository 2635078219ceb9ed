#include "exporter/advice/rewrite/parts.h"

enum rewrite_why_not rewrite_why_not(enum sql_trouble trouble)
{
    static const enum rewrite_why_not reasons[] = {
        [SQL_PLAIN] = REWRITE_STRANGE,       [SQL_STRANGE] = REWRITE_STRANGE, [SQL_DISTINCT] = REWRITE_DISTINCT,
        [SQL_GROUPED] = REWRITE_GROUPED,     [SQL_WINDOW] = REWRITE_WINDOW,   [SQL_SET_OPERATION] = REWRITE_SET_OPERATION,
        [SQL_SUBSELECT] = REWRITE_SUBSELECT, [SQL_LOCKING] = REWRITE_LOCKING,
    };
    return reasons[trouble];
}

void rewrite_token(FILE *out, const struct sql_tokens *t, size_t i)
{
    fwrite(t->at[i].start, 1, t->at[i].length, out);
}

bool rewrite_has_placeholder(const struct sql_tokens *t, struct sql_span span)
{
    for (size_t i = span.first; i < span.end; i++) {
        if (t->at[i].kind == SQL_PLACEHOLDER)
            return true;
    }
    return false;
}

static bool is_alias(const struct sql_select *s, size_t name)
{
    for (size_t i = 0; i < s->item_count; i++) {
        if (s->items[i].alias != SQL_NONE &&
            sql_same_part(sql_last_part(&s->tokens->at[s->items[i].alias]), sql_last_part(&s->tokens->at[name])))
            return true;
    }
    return false;
}

static bool is_key_by_name(const struct sql_select *s, size_t column)
{
    struct sql_part name = sql_last_part(&s->tokens->at[column]);
    return sql_part_is(name, "id") || sql_part_is(name, "rowid") || sql_part_is(name, "uuid");
}

static bool is_unique_by_name(const struct sql_select *s, size_t column)
{
    return s->table != SQL_NONE && is_key_by_name(s, column);
}

bool rewrite_finds_one(const struct sql_select *s, size_t column)
{
    const struct sql_token *at = s->tokens->at;
    return is_key_by_name(s, column) && sql_same_part(sql_qualifier(&at[column]), sql_last_part(&at[s->from.first]));
}

enum limit rewrite_judge_limit(const struct sql_select *s, size_t column, bool has_one_row)
{
    const struct sql_tokens *t = s->tokens;
    size_t at = s->limit.first;
    size_t length = s->limit.end - at;
    bool by_key = s->order.first == s->order.end ||
                  (sql_orders_by_columns(s) &&
                   sql_same_part(sql_last_part(&t->at[s->order.first]), sql_last_part(&t->at[column])));
    if (length == 0)
        return LIMIT_NONE;
    bool plain = length >= 2 && sql_is(t, at, "limit") && t->at[at + 1].kind == SQL_PLACEHOLDER;
    bool with_offset = plain && length == 4 && sql_is(t, at + 2, "offset") && t->at[at + 3].kind == SQL_PLACEHOLDER;
    if (has_one_row && by_key && is_unique_by_name(s, column) && ((plain && length == 2) || with_offset))
        return LIMIT_IDLE;
    if (!plain || length != 2 || s->order.first == s->order.end || !sql_orders_by_columns(s))
        return LIMIT_STRANGE;
    for (size_t i = s->order.first; i < s->order.end; i++) {
        bool qualified = sql_qualifier(&t->at[i]).length > 0;
        if (sql_is_name(t, i) && !qualified && (s->table == SQL_NONE || is_alias(s, i)))
            return LIMIT_STRANGE;
    }
    for (size_t i = 0; i < t->count; i++) {
        if (sql_is(t, i, "nth") || sql_is(t, i, "ranked"))
            return LIMIT_STRANGE;
    }
    return LIMIT_TOP;
}

void rewrite_many(struct sql_writer *w, const struct sql_tokens *t, const struct sql_key *key)
{
    rewrite_token(w->out, t, key->column);
    if (!w->dialect->has_arrays) {
        fputs(" in (?, ?, ...)", w->out);
        return;
    }
    fputs(" = any(", w->out);
    sql_write_placeholder(w);
    if (key->type != SQL_NONE) {
        fputs("::", w->out);
        rewrite_token(w->out, t, key->type);
        fputs("[]", w->out);
    }
    putc(')', w->out);
}
