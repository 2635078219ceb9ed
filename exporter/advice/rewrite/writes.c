#include "exporter/advice/rewrite/writes.h"

#include <stdlib.h>

#include "exporter/advice/rewrite/parts.h"

/* DELETE FROM table [AS alias] WHERE ... [RETURNING ...] */
static bool find_delete(const struct sql_tokens *t, struct sql_span *ret_where)
{
    static const char *const others[] = {"order", "limit", "using", "with", "join", NULL};
    size_t where = SQL_NONE;
    size_t end = t->count;
    if (!sql_is(t, 0, "delete") || !sql_is(t, 1, "from"))
        return false;
    for (size_t i = 2; i < t->count; i++) {
        if (sql_is(t, i, "select") || (t->at[i].depth == 0 && sql_is_any(t, i, others)))
            return false;
        if (t->at[i].depth > 0)
            continue;
        if (sql_is(t, i, "where")) {
            if (where != SQL_NONE)
                return false;
            where = i;
        } else if (sql_is(t, i, "returning") && end == t->count) {
            end = i;
        }
    }
    if (where == SQL_NONE || where > 5 || where + 1 >= end)
        return false;
    *ret_where = (struct sql_span){.first = where + 1, .end = end};
    return true;
}

struct rewriting rewrite_delete(const struct rewrite_input *in)
{
    struct rewriting result = {.why_not = REWRITE_STRANGE};
    const struct sql_tokens *t = &in->statement->tokens;
    struct sql_span where;
    struct sql_key key;
    if (!find_delete(t, &where) || !sql_find_key(t, where, in->parameter, &key) ||
        rewrite_has_placeholder(t, (struct sql_span){.first = where.end, .end = t->count}))
        return result;
    size_t size;
    struct sql_writer w = {.out = open_memstream(&result.sql, &size), .dialect = in->dialect};
    if (!w.out)
        return result;
    sql_write(&w, t, 0, key.first);
    if (!sql_is(t, key.first - 1, "("))
        putc(' ', w.out);
    rewrite_many(&w, t, &key);
    if (key.end < t->count && !sql_is(t, key.end, ")"))
        putc(' ', w.out);
    sql_write(&w, t, key.end, t->count);
    fclose(w.out);
    result.form = REWRITE_LIST;
    result.why_not = REWRITE_POSSIBLE;
    result.has_others = t->placeholders > 1;
    return result;
}

/* The head of INSERT INTO table(columns) VALUES (?): returns where its list of columns opens, SQL_NONE for anything else. */
static size_t find_columns(const struct sql_tokens *t)
{
    static const char *const ways[] = {"replace", "ignore", "abort", "fail", "rollback", NULL};
    size_t i = 1;
    if (sql_is(t, 0, "insert") && sql_is(t, 1, "or") && sql_is_any(t, 2, ways))
        i = 3;
    else if (!sql_is(t, 0, "insert") && !sql_is(t, 0, "replace"))
        return SQL_NONE;
    if (!sql_is(t, i, "into") || !sql_is_name(t, i + 1) || !sql_is(t, i + 2, "("))
        return SQL_NONE;
    return i + 2;
}

/* Counts the columns in the parentheses, 0 when there is anything else. */
static uint32_t count_columns(const struct sql_tokens *t, size_t open)
{
    uint32_t count = 0;
    for (size_t i = open + 1; i < t->at[open].pair; i += 2) {
        if ((t->at[i].kind != SQL_WORD && t->at[i].kind != SQL_NAME) || (i + 1 < t->at[open].pair && !sql_is(t, i + 1, ",")))
            return 0;
        count++;
    }
    return count;
}

static void write_row(struct sql_writer *w, uint32_t columns)
{
    putc('(', w->out);
    for (uint32_t i = 0; i < columns; i++) {
        fputs(i > 0 ? ", " : "", w->out);
        sql_write_placeholder(w);
    }
    putc(')', w->out);
}

#define COLUMNS_MAX 100

struct rewriting rewrite_insert(const struct rewrite_input *in)
{
    struct rewriting result = {.why_not = REWRITE_STRANGE};
    const struct sql_tokens *t = &in->statement->tokens;
    size_t open = find_columns(t);
    if (open == SQL_NONE)
        return result;
    size_t values = t->at[open].pair + 1;
    size_t tail = values + 4;
    uint32_t columns = count_columns(t, open);
    /* A row of one text alone: one that has more beside parameters does not say how many those were. */
    if (columns == 0 || columns > COLUMNS_MAX || !sql_is(t, values, "values") || !sql_is(t, values + 1, "(") ||
        values + 2 >= t->count || t->at[values + 2].kind != SQL_PLACEHOLDER || !sql_is(t, values + 3, ")"))
        return result;
    if (tail < t->count && ((!sql_is(t, tail, "on") && !sql_is(t, tail, "returning")) ||
                            rewrite_has_placeholder(t, (struct sql_span){.first = tail, .end = t->count})))
        return result;
    size_t size;
    struct sql_writer w = {.out = open_memstream(&result.sql, &size), .dialect = in->dialect};
    if (!w.out)
        return result;
    sql_write(&w, t, 0, values + 1);
    putc(' ', w.out);
    write_row(&w, columns);
    fputs(", ", w.out);
    write_row(&w, columns);
    fputs(", ...", w.out);
    if (tail < t->count) {
        putc(' ', w.out);
        sql_write(&w, t, tail, t->count);
    }
    fclose(w.out);
    result.form = REWRITE_ROWS;
    result.why_not = REWRITE_POSSIBLE;
    return result;
}

struct rewriting rewrite_array(const struct rewrite_input *in)
{
    struct rewriting result = {.why_not = REWRITE_STRANGE};
    const struct sql_tokens *t = &in->statement->tokens;
    uint32_t lists = 0;
    bool plain = in->dialect->has_arrays;
    for (size_t i = 0; plain && i < t->count; i++) {
        if (!t->at[i].is_list)
            continue;
        lists++;
        plain = i > 1 && sql_is(t, i - 2, "in") && sql_is(t, i - 1, "(") && sql_is(t, i + 1, ")");
    }
    size_t size;
    struct sql_writer w = {.out = plain && lists > 0 ? open_memstream(&result.sql, &size) : NULL, .dialect = in->dialect};
    if (w.out) {
        sql_write(&w, t, 0, t->count);
        fclose(w.out);
        result.form = REWRITE_LIST;
        result.why_not = REWRITE_POSSIBLE;
    }
    return result;
}

/* That of the outer FROM, or where there is none or it is a sub-select, that of the first one in there. */
static size_t table_of_select(const struct sql_tokens *t)
{
    size_t inner = SQL_NONE;
    for (size_t i = 1; i + 1 < t->count; i++) {
        if (!sql_is(t, i, "from") || !sql_is_name(t, i + 1))
            continue;
        if (t->at[i].depth == 0)
            return i + 1;
        if (t->at[i].depth == 1 && inner == SQL_NONE)
            inner = i + 1;
    }
    return inner;
}

bool rewrite_table(const struct sql_statement *statement, char *out, unsigned size)
{
    const struct sql_tokens *t = &statement->tokens;
    size_t table = SQL_NONE;
    if (sql_is(t, 0, "select")) {
        table = table_of_select(t);
    } else if (sql_is(t, 0, "update")) {
        table = 1;
    } else {
        for (size_t i = 1; i < t->count && i < 4 && table == SQL_NONE; i++) {
            if (sql_is(t, i, "into") || sql_is(t, i, "from"))
                table = i + 1;
        }
    }
    if (table == SQL_NONE || !sql_is_name(t, table))
        return false;
    sql_unquote(sql_last_part(&t->at[table]), out, size);
    return true;
}
