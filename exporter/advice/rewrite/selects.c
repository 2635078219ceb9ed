#include "exporter/advice/rewrite/selects.h"

#include <stdlib.h>

#include "exporter/advice/rewrite/parts.h"

/* Columns that a database has beside those that * stands for. */
static bool is_hidden(struct sql_part name)
{
    static const char *const names[] = {"rowid", "oid", "_rowid_", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", NULL};
    for (size_t i = 0; names[i]; i++) {
        if (sql_part_is(name, names[i]))
            return true;
    }
    return false;
}

static bool is_same_column(const struct sql_select *s, const struct sql_token *a, const struct sql_token *b)
{
    struct sql_part qa = sql_qualifier(a);
    struct sql_part qb = sql_qualifier(b);
    if (!sql_same_part(sql_last_part(a), sql_last_part(b)))
        return false;
    return qa.length > 0 && qb.length > 0 ? sql_same_part(qa, qb) : s->table != SQL_NONE || qa.length == qb.length;
}

static bool star_holds(const struct sql_select *s, const struct sql_token *star, const struct sql_token *key)
{
    struct sql_part of = sql_qualifier(star);
    struct sql_part qualifier = sql_qualifier(key);
    if (is_hidden(sql_last_part(key)))
        return false;
    return of.length == 0 || s->table != SQL_NONE || (qualifier.length > 0 && sql_same_part(of, qualifier));
}

enum selected {
    NOT_SELECTED,
    SELECTED,
    NAME_IS_TAKEN, /* by another column, so that adding this one would make the name ambiguous */
};

static enum selected find_selected(const struct sql_select *s, size_t column)
{
    const struct sql_tokens *t = s->tokens;
    const struct sql_token *key = &t->at[column];
    bool is_taken = false;
    for (size_t i = 0; i < s->item_count; i++) {
        const struct sql_item *item = &s->items[i];
        const struct sql_token *first = &t->at[item->first];
        bool star = item->end - item->first == 1 && first->kind == SQL_STAR;
        if (star && star_holds(s, first, key))
            return SELECTED;
        if (star)
            continue;
        size_t name = item->alias != SQL_NONE ? item->alias : item->column;
        if (item->column != SQL_NONE && is_same_column(s, &t->at[item->column], key))
            return SELECTED;
        is_taken |= name != SQL_NONE && sql_same_part(sql_last_part(&t->at[name]), sql_last_part(key));
    }
    for (size_t i = s->order.first; i < s->order.end && s->table == SQL_NONE; i++)
        is_taken |= sql_qualifier(&t->at[i]).length == 0 && sql_same_part(sql_last_part(&t->at[i]), sql_last_part(key));
    return is_taken ? NAME_IS_TAKEN : NOT_SELECTED;
}

/* WHERE with many values of the key. */
static void write_where(struct sql_writer *w, const struct sql_select *s, const struct sql_key *key)
{
    const struct sql_tokens *t = s->tokens;
    fputs(" where ", w->out);
    sql_write(w, t, s->where.first, key->first);
    if (key->first > s->where.first && !sql_is(t, key->first - 1, "("))
        putc(' ', w->out);
    rewrite_many(w, t, key);
    if (key->end < s->where.end && !sql_is(t, key->end, ")"))
        putc(' ', w->out);
    sql_write(w, t, key->end, s->where.end);
}

static char *render(const struct rewrite_input *in, const struct sql_key *key, bool adds_key, enum rewrite_form form)
{
    const struct sql_select *s = &in->statement->select;
    const struct sql_tokens *t = s->tokens;
    char *text = NULL;
    size_t size;
    struct sql_writer w = {.out = open_memstream(&text, &size), .dialect = in->dialect};
    if (!w.out)
        return NULL;
    fputs(form == REWRITE_TOP ? "select * from (select " : "select ", w.out);
    if (adds_key) {
        rewrite_token(w.out, t, key->column);
        fputs(", ", w.out);
    }
    sql_write(&w, t, s->items[0].first, s->from.first - 1);
    if (form == REWRITE_TOP) {
        fputs(", row_number() over (partition by ", w.out);
        rewrite_token(w.out, t, key->column);
        fputs(" order by ", w.out);
        sql_write(&w, t, s->order.first, s->order.end);
        fputs(") as nth", w.out);
    }
    fputs(" from ", w.out);
    sql_write(&w, t, s->from.first, s->from.end);
    write_where(&w, s, key);
    if (form == REWRITE_AGGREGATE) {
        fputs(" group by ", w.out);
        rewrite_token(w.out, t, key->column);
    } else if (form == REWRITE_TOP) {
        fputs(") as ranked where nth <= ", w.out);
        sql_write(&w, t, s->limit.first + 1, s->limit.end);
    } else if (s->order.first < s->order.end) {
        fputs(" order by ", w.out);
        sql_write(&w, t, s->order.first, s->order.end);
    }
    if (fclose(w.out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static uint32_t placeholders(const struct sql_tokens *t, struct sql_span span)
{
    uint32_t count = 0;
    for (size_t i = span.first; i < span.end; i++)
        count += t->at[i].kind == SQL_PLACEHOLDER;
    return count;
}

static void select_children(const struct rewrite_input *in, struct rewriting *ret)
{
    const struct sql_select *s = &in->statement->select;
    const struct sql_tokens *t = s->tokens;
    struct sql_key key;
    if (s->where.first == s->where.end || !sql_find_key(t, s->where, in->parameter, &key) || rewrite_has_placeholder(t, s->order))
        return;
    enum selected selected = find_selected(s, key.column);
    bool aggregates = sql_select_aggregates(s);
    enum limit limit = rewrite_judge_limit(s, key.column, in->has_one_row);
    struct sql_span list = {.first = s->items[0].first, .end = s->from.first - 1};
    enum rewrite_form form = aggregates ? REWRITE_AGGREGATE : limit == LIMIT_TOP ? REWRITE_TOP : REWRITE_LIST;
    if (limit == LIMIT_STRANGE) {
        ret->why_not = in->has_one_row && rewrite_finds_one(s, key.column) ? REWRITE_STRANGE : REWRITE_LIMIT;
        return;
    }
    if (selected == NAME_IS_TAKEN)
        return;
    if (aggregates ? s->order.first < s->order.end || limit != LIMIT_NONE
                   : !sql_is_rowwise(t, list) || !sql_is_rowwise(t, s->order))
        return;
    ret->sql = render(in, &key, aggregates || selected == NOT_SELECTED, form);
    if (!ret->sql)
        return;
    ret->form = form;
    ret->why_not = REWRITE_POSSIBLE;
    ret->has_others = t->placeholders > 1 + placeholders(t, s->limit);
    ret->drops_limit = limit == LIMIT_IDLE;
}

struct rewriting rewrite_select(const struct rewrite_input *in)
{
    struct rewriting result = {.why_not = REWRITE_STRANGE};
    if (in->statement->trouble == SQL_PLAIN)
        select_children(in, &result);
    else
        result.why_not = rewrite_why_not(in->statement->trouble);
    return result;
}

struct rewriting rewrite_keys(const struct rewrite_input *in)
{
    struct rewriting result = {.why_not = REWRITE_STRANGE};
    const struct sql_select *s = &in->statement->select;
    const struct sql_tokens *t = s->tokens;
    struct sql_key key;
    bool skips = s->limit.first < s->limit.end && (s->limit.end - s->limit.first > 2 || !sql_is(t, s->limit.first, "limit"));
    if (in->statement->trouble != SQL_PLAIN || skips || s->where.first == s->where.end ||
        !sql_find_key(t, s->where, in->parameter, &key))
        return result;
    size_t size;
    struct sql_writer w = {.out = open_memstream(&result.sql, &size), .dialect = in->dialect};
    if (!w.out)
        return result;
    fputs("select distinct ", w.out);
    rewrite_token(w.out, t, key.column);
    fputs(" from ", w.out);
    sql_write(&w, t, s->from.first, s->from.end);
    write_where(&w, s, &key);
    if (fclose(w.out) != 0) {
        free(result.sql);
        result.sql = NULL;
        return result;
    }
    result.form = REWRITE_LIST;
    result.why_not = REWRITE_POSSIBLE;
    result.has_others = placeholders(t, s->from) + placeholders(t, s->where) > 1;
    return result;
}

bool rewrite_is_aggregate(const struct sql_statement *statement)
{
    return statement->trouble == SQL_PLAIN && sql_select_aggregates(&statement->select);
}
