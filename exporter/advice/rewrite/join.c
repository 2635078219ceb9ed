#include "exporter/advice/rewrite/join.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "exporter/advice/rewrite/parts.h"

/* Parent and child as one statement: both have one table and nothing but plain columns, so that each column can be given the
 * name of its table, without which two tables side by side could make it ambiguous. */

#define NAME_MAX_LENGTH 64
#define MATCHED_MAX     4 /* columns that both sides are joined by */

/* One of the two statements, and the name of its table in the new one. */
struct side {
    const struct sql_select *select;
    char name[NAME_MAX_LENGTH];
    bool is_renamed;
};

static bool is_key_word(const struct sql_tokens *t, size_t i)
{
    static const char *const words[] = {"and", "or",   "not",   "is",    "null", "in",   "between", "like",
                                        "asc", "desc", "nulls", "first", "last", "true", "false",   NULL};
    return t->at[i].kind == SQL_WORD && sql_is_any(t, i, words);
}

static bool is_symbol(const struct sql_tokens *t, size_t i)
{
    static const char *const symbols[] = {"=", "==", "<>", "!=", "<", ">", "<=", ">=", "(", ")", ",", NULL};
    return t->at[i].kind == SQL_SYMBOL && sql_is_any(t, i, symbols);
}

static size_t table_name(const struct sql_select *s)
{
    return s->alias != SQL_NONE ? s->alias : s->table;
}

/* A column of the side's table, by whatever name. */
static bool is_own_column(const struct side *side, size_t i)
{
    const struct sql_tokens *t = side->select->tokens;
    struct sql_part qualifier = sql_qualifier(&t->at[i]);
    return sql_is_name(t, i) &&
           (qualifier.length == 0 || sql_same_part(qualifier, sql_last_part(&t->at[table_name(side->select)])));
}

/* Columns, parameters, comparisons; no two names side by side, no calls. */
static bool is_plain_span(const struct side *side, struct sql_span span)
{
    const struct sql_tokens *t = side->select->tokens;
    for (size_t i = span.first; i < span.end; i++) {
        bool key_word = is_key_word(t, i);
        if (key_word || is_symbol(t, i) || t->at[i].kind == SQL_PLACEHOLDER)
            continue;
        bool next = i + 1 < span.end && !key_word && !is_key_word(t, i + 1);
        if (!is_own_column(side, i) || (next && (!is_symbol(t, i + 1) || sql_is(t, i + 1, "("))))
            return false;
    }
    return true;
}

/* A name that is an alias in the select list may stand for something else than the column of that name. */
static bool has_alias_in(const struct side *side, struct sql_span span)
{
    const struct sql_select *s = side->select;
    const struct sql_tokens *t = s->tokens;
    for (size_t i = span.first; i < span.end; i++) {
        for (size_t j = 0; j < s->item_count; j++) {
            if (s->items[j].alias != SQL_NONE && sql_is_name(t, i) && sql_qualifier(&t->at[i]).length == 0 &&
                sql_same_part(sql_last_part(&t->at[i]), sql_last_part(&t->at[s->items[j].alias])))
                return true;
        }
    }
    return false;
}

/* SQLite takes "text" for a string where no such column exists; with its table before it, it is a column at any rate. */
static bool may_be_string(const struct side *side)
{
    const struct sql_tokens *t = side->select->tokens;
    for (size_t i = 0; i < t->count; i++) {
        bool alias = i > 0 && sql_is(t, i - 1, "as");
        bool table = i == side->select->table || i == side->select->alias;
        if (!alias && !table && t->at[i].start[0] == '"' && sql_qualifier(&t->at[i]).length == 0)
            return true;
    }
    return false;
}

static bool is_star(const struct side *side, const struct sql_item *item)
{
    return item->end - item->first == 1 && side->select->tokens->at[item->first].kind == SQL_STAR;
}

static bool is_plain_side(const struct side *side, const struct dialect *dialect)
{
    const struct sql_select *s = side->select;
    const struct sql_tokens *t = side->select->tokens;
    if (s->table == SQL_NONE || t->at[table_name(s)].length >= NAME_MAX_LENGTH ||
        (dialect->quotes_strings && may_be_string(side)))
        return false;
    for (size_t i = 0; i < s->item_count; i++) {
        bool star = is_star(side, &s->items[i]);
        struct sql_part of = sql_qualifier(&t->at[s->items[i].first]);
        if (star ? of.length > 0 && !sql_same_part(of, sql_last_part(&t->at[table_name(s)]))
                 : s->items[i].column == SQL_NONE || !is_own_column(side, s->items[i].column))
            return false;
    }
    return is_plain_span(side, s->where) && (s->order.first == s->order.end || sql_orders_by_columns(s)) &&
           is_plain_span(side, s->order) && !has_alias_in(side, s->where) && !has_alias_in(side, s->order);
}

/* The child's table gets another name when both are called alike. */
static void name_sides(struct side *parent, struct side *child)
{
    const struct sql_token *p = &parent->select->tokens->at[table_name(parent->select)];
    const struct sql_token *c = &child->select->tokens->at[table_name(child->select)];
    snprintf(parent->name, sizeof parent->name, "%.*s", (int)p->length, p->start);
    snprintf(child->name, sizeof child->name, "%.*s", (int)c->length, c->start);
    char names[2][NAME_MAX_LENGTH];
    sql_unquote(sql_last_part(p), names[0], sizeof names[0]);
    sql_unquote(sql_last_part(c), names[1], sizeof names[1]);
    child->is_renamed = strcasecmp(names[0], names[1]) == 0;
    if (child->is_renamed)
        strcpy(child->name, strcasecmp(names[0], "child") == 0 ? "child_2" : "child");
}

static void write_column(FILE *out, const struct side *side, size_t column)
{
    struct sql_part name = sql_last_part(&side->select->tokens->at[column]);
    fprintf(out, "%s.%.*s", side->name, (int)name.length, name.start);
}

static void write_items(FILE *out, const struct side *side)
{
    const struct sql_select *s = side->select;
    for (size_t i = 0; i < s->item_count; i++) {
        const struct sql_item *item = &s->items[i];
        fputs(i > 0 ? ", " : "", out);
        if (is_star(side, item)) {
            fprintf(out, "%s.*", side->name);
            continue;
        }
        write_column(out, side, item->column);
        if (item->alias != SQL_NONE) {
            fputs(" as ", out);
            rewrite_token(out, s->tokens, item->alias);
        }
    }
}

static void write_span(struct sql_writer *w, const struct side *side, struct sql_span span)
{
    const struct sql_tokens *t = side->select->tokens;
    for (size_t i = span.first; i < span.end; i++) {
        const struct sql_token *token = &t->at[i];
        if (i > span.first && token->start > t->at[i - 1].start + t->at[i - 1].length)
            putc(' ', w->out);
        size_t negated = sql_is(t, i, "not");
        bool list = i + negated + 4 <= span.end && sql_is(t, i + negated, "in") && t->at[i + negated + 2].kind == SQL_PLACEHOLDER;
        if (sql_is_name(t, i)) {
            write_column(w->out, side, i);
        } else if (list) {
            sql_write(w, t, i, i + negated + 4);
            i += negated + 3;
        } else {
            sql_write(w, t, i, i + 1);
        }
    }
}

/* The column of the parent's table that its result calls so: written to out, with its table. */
static bool write_source(FILE *out, const struct side *parent, const char *column)
{
    const struct sql_select *s = parent->select;
    const struct sql_tokens *t = parent->select->tokens;
    const struct sql_part wanted = {.start = column, .length = strlen(column)};
    size_t found = SQL_NONE;
    bool star = false;
    for (size_t i = 0; i < s->item_count; i++) {
        const struct sql_item *item = &s->items[i];
        star |= is_star(parent, item);
        if (is_star(parent, item) ||
            !sql_same_part(sql_last_part(&t->at[item->alias != SQL_NONE ? item->alias : item->column]), wanted))
            continue;
        if (found != SQL_NONE)
            return false;
        found = item->column;
    }
    if (found != SQL_NONE && !star) {
        write_column(out, parent, found);
        return true;
    }
    /* A column of *: quoted, because it may be a key word; but not where that changes which column it is. */
    if (found != SQL_NONE || !star || column[0] == '\0' ||
        column[strspn(column, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0')
        return false;
    fprintf(out, "%s.\"%s\"", parent->name, column);
    return true;
}

static bool has_limit(const struct side *side)
{
    return side->select->limit.first < side->select->limit.end;
}

/* A comparison of the child, and the parent's column that is compared instead of its parameter. */
struct matched {
    struct sql_key key;
    const char *column;
};

static int compare_places(const void *a, const void *b)
{
    size_t x = ((const struct matched *)a)->key.first;
    size_t y = ((const struct matched *)b)->key.first;
    return x < y ? -1 : x > y;
}

/* The comparisons with values of the parent's row, in their order; returns how many. One that is not plainly one keeps its
 * parameter. */
static uint32_t match_keys(const struct rewrite_input *in, const struct side *child, const struct sql_key *key,
                           const char *column, struct matched *ret)
{
    uint32_t count = 0;
    ret[count++] = (struct matched){*key, column};
    for (uint32_t i = 0; i < in->other_count && count < MATCHED_MAX; i++) {
        struct matched *other = &ret[count];
        other->column = in->others[i].column;
        count += sql_find_key(child->select->tokens, child->select->where, in->others[i].parameter, &other->key) &&
                 other->key.type == SQL_NONE;
    }
    qsort(ret, count, sizeof *ret, compare_places);
    return count;
}

/* The child's conditions, in which columns of the parent stand for the parameters. */
static bool write_conditions(struct sql_writer *w, const struct side *parent, const struct side *child,
                             const struct matched *matched, uint32_t count)
{
    const struct sql_select *c = child->select;
    size_t from = c->where.first;
    for (uint32_t i = 0; i < count; i++) {
        const struct sql_key *key = &matched[i].key;
        if (from > c->where.first && from < key->first)
            putc(' ', w->out);
        write_span(w, child, (struct sql_span){.first = from, .end = key->first});
        if (key->first > from && !sql_is(c->tokens, key->first - 1, "("))
            putc(' ', w->out);
        write_column(w->out, child, key->column);
        fputs(" = ", w->out);
        if (!write_source(w->out, parent, matched[i].column))
            return false;
        from = key->end;
    }
    if (from < c->where.end && !sql_is(c->tokens, from, ")"))
        putc(' ', w->out);
    write_span(w, child, (struct sql_span){.first = from, .end = c->where.end});
    return true;
}

static bool write_join(struct sql_writer *w, struct side *parent, struct side *child, const struct matched *matched,
                       uint32_t count)
{
    const struct sql_select *p = parent->select;
    const struct sql_select *c = child->select;
    fputs("select ", w->out);
    write_items(w->out, parent);
    fputs(", ", w->out);
    write_items(w->out, child);
    fputs(" from ", w->out);
    sql_write(w, p->tokens, p->from.first, p->from.end);
    fputs(" left join ", w->out);
    rewrite_token(w->out, c->tokens, c->table);
    if (child->is_renamed || c->alias != SQL_NONE)
        fprintf(w->out, " as %s", child->name);
    fputs(" on ", w->out);
    if (!write_conditions(w, parent, child, matched, count))
        return false;
    if (p->where.first < p->where.end) {
        fputs(" where ", w->out);
        write_span(w, parent, p->where);
    }
    if (p->order.first < p->order.end) {
        fputs(" order by ", w->out);
        write_span(w, parent, p->order);
    }
    return true;
}

struct rewriting rewrite_join(const struct rewrite_input *in, const struct sql_statement *parent_statement, const char *column)
{
    struct rewriting result = {.why_not = REWRITE_STRANGE};
    struct side parent = {.select = &parent_statement->select};
    struct side child = {.select = &in->statement->select};
    struct sql_key key;
    if (parent_statement->trouble != SQL_PLAIN || in->statement->trouble != SQL_PLAIN || has_limit(&parent) ||
        !is_plain_side(&parent, in->dialect) || !is_plain_side(&child, in->dialect))
        return result;
    if (!sql_find_key(child.select->tokens, child.select->where, in->parameter, &key) || key.type != SQL_NONE)
        return result;
    enum limit limit = rewrite_judge_limit(child.select, key.column, in->has_one_row);
    if (limit != LIMIT_NONE && limit != LIMIT_IDLE)
        return result;
    name_sides(&parent, &child);
    size_t size;
    struct sql_writer w = {.out = open_memstream(&result.sql, &size), .dialect = in->dialect};
    if (!w.out)
        return result;
    struct matched matched[MATCHED_MAX];
    uint32_t count = match_keys(in, &child, &key, column, matched);
    bool written = write_join(&w, &parent, &child, matched, count);
    fclose(w.out);
    if (!written) {
        free(result.sql);
        result.sql = NULL;
        return result;
    }
    uint32_t own = count;
    for (size_t i = child.select->limit.first; i < child.select->limit.end; i++)
        own += child.select->tokens->at[i].kind == SQL_PLACEHOLDER;
    result.form = REWRITE_JOIN;
    result.why_not = REWRITE_POSSIBLE;
    result.has_others = child.select->tokens->placeholders > own;
    result.takes_others = count > 1;
    result.drops_limit = limit == LIMIT_IDLE;
    return result;
}
