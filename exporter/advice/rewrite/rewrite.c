#include "exporter/advice/rewrite/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/advice/rewrite/parts.h"

bool rewrite_begin(struct rewrite *r, const char *statement)
{
    r->tokens = alloc_resize(NULL, 1, sizeof *r->tokens); /* large, and sql_tokenise fills what is used */
    r->select = alloc_resize(NULL, 1, sizeof *r->select);
    r->number = 1;
    r->trouble = SQL_STRANGE;
    return sql_tokenise(statement, r->tokens);
}

void rewrite_end(struct rewrite *r)
{
    free(r->tokens);
    free(r->select);
}

bool rewrite_begin_select(struct rewrite *r, const char *statement)
{
    if (!rewrite_begin(r, statement))
        return false;
    r->trouble = sql_select_parse(r->tokens, r->select);
    return r->trouble == SQL_PLAIN;
}

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

static bool is_alias(const struct sql_select *s, size_t name)
{
    for (size_t i = 0; i < s->item_count; i++) {
        if (s->items[i].alias != SQL_NONE &&
            sql_same_part(sql_last_part(&s->tokens->at[s->items[i].alias]), sql_last_part(&s->tokens->at[name])))
            return true;
    }
    return false;
}

static bool is_unique_by_name(const struct sql_select *s, size_t column)
{
    struct sql_part name = sql_last_part(&s->tokens->at[column]);
    return s->table != SQL_NONE && (sql_part_is(name, "id") || sql_part_is(name, "rowid") || sql_part_is(name, "uuid"));
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
    bool plain = length >= 2 && t->at[at + 1].kind == SQL_PLACEHOLDER;
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

void rewrite_many(FILE *out, struct rewrite *r, const struct sql_key *key, bool is_postgresql)
{
    rewrite_token(out, r->tokens, key->column);
    if (!is_postgresql) {
        fputs(" in (?, ?, ...)", out);
        return;
    }
    fprintf(out, " = any($%u", r->number++);
    if (key->type != SQL_NONE) {
        fputs("::", out);
        rewrite_token(out, r->tokens, key->type);
        fputs("[]", out);
    }
    putc(')', out);
}

static char *render(struct rewrite *r, const struct sql_key *key, bool adds_key, enum rewrite_form form, bool is_postgresql)
{
    const struct sql_tokens *t = r->tokens;
    const struct sql_select *s = r->select;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    fputs(form == REWRITE_TOP ? "select * from (select " : "select ", out);
    if (adds_key) {
        rewrite_token(out, t, key->column);
        fputs(", ", out);
    }
    sql_write(out, t, 1, s->from.first - 1, &r->number, is_postgresql);
    if (form == REWRITE_TOP) {
        fputs(", row_number() over (partition by ", out);
        rewrite_token(out, t, key->column);
        fputs(" order by ", out);
        sql_write(out, t, s->order.first, s->order.end, &r->number, is_postgresql);
        fputs(") as nth", out);
    }
    fputs(" from ", out);
    sql_write(out, t, s->from.first, s->from.end, &r->number, is_postgresql);
    fputs(" where ", out);
    sql_write(out, t, s->where.first, key->first, &r->number, is_postgresql);
    if (key->first > s->where.first && !sql_is(t, key->first - 1, "("))
        putc(' ', out);
    rewrite_many(out, r, key, is_postgresql);
    if (key->end < s->where.end && !sql_is(t, key->end, ")"))
        putc(' ', out);
    sql_write(out, t, key->end, s->where.end, &r->number, is_postgresql);
    if (form == REWRITE_AGGREGATE) {
        fputs(" group by ", out);
        rewrite_token(out, t, key->column);
    } else if (form == REWRITE_TOP) {
        fputs(") as ranked where nth <= ", out);
        sql_write(out, t, s->limit.first + 1, s->limit.end, &r->number, is_postgresql);
    } else if (s->order.first < s->order.end) {
        fputs(" order by ", out);
        sql_write(out, t, s->order.first, s->order.end, &r->number, is_postgresql);
    }
    if (fclose(out) != 0) {
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

static void select_children(struct rewrite *r, const struct rewrite_input *in, struct rewriting *ret)
{
    const struct sql_tokens *t = r->tokens;
    const struct sql_select *s = r->select;
    struct sql_key key;
    if (s->where.first == s->where.end || !sql_find_key(t, s->where, in->parameter, &key) || rewrite_has_placeholder(t, s->order))
        return;
    enum selected selected = find_selected(s, key.column);
    bool aggregates = sql_select_aggregates(s);
    enum limit limit = rewrite_judge_limit(s, key.column, in->has_one_row);
    struct sql_span list = {.first = 1, .end = s->from.first - 1};
    enum rewrite_form form = aggregates ? REWRITE_AGGREGATE : limit == LIMIT_TOP ? REWRITE_TOP : REWRITE_LIST;
    if (limit == LIMIT_STRANGE) {
        ret->why_not = REWRITE_LIMIT;
        return;
    }
    if (selected == NAME_IS_TAKEN)
        return;
    if (aggregates ? s->order.first < s->order.end || limit != LIMIT_NONE
                   : !sql_is_rowwise(t, list) || !sql_is_rowwise(t, s->order))
        return;
    ret->sql = render(r, &key, aggregates || selected == NOT_SELECTED, form, in->is_postgresql);
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
    struct rewrite r;
    if (rewrite_begin_select(&r, in->statement))
        select_children(&r, in, &result);
    else
        result.why_not = rewrite_why_not(r.trouble);
    rewrite_end(&r);
    return result;
}

bool rewrite_is_aggregate(const char *statement)
{
    struct rewrite r;
    bool result = rewrite_begin_select(&r, statement) && sql_select_aggregates(r.select);
    rewrite_end(&r);
    return result;
}
