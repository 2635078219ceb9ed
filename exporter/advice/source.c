#include "exporter/advice/source.h"

#include <ctype.h>
#include <string.h>

static void take_name(struct sql_part part, char *out)
{
    sql_unquote(part, out, SOURCE_NAME_MAX);
    for (; *out; out++)
        *out = (char)tolower((unsigned char)*out);
}

static bool same_name(struct sql_part part, const char *name)
{
    char own[SOURCE_NAME_MAX];
    sql_unquote(part, own, sizeof own);
    return strncmp(own, name, sizeof own - 1) == 0;
}

/* Where the select list ends; SQL_NONE: there is no FROM. */
static size_t find_from(const struct sql_tokens *t)
{
    for (size_t i = 1; i < t->count; i++) {
        if (t->at[i].depth == 0 && sql_is(t, i, "from"))
            return i;
    }
    return SQL_NONE;
}

static bool begins_table(const struct sql_tokens *t, size_t i, size_t from)
{
    return i == from + 1 || sql_is(t, i - 1, "join") || sql_is(t, i - 1, ",");
}

/* The table that a qualifier names: by itself or as an alias. Without a qualifier, the only table. */
static void find_table(const struct sql_statement *s, struct sql_part qualifier, char *ret)
{
    const struct sql_tokens *t = &s->tokens;
    size_t from = sql_is(t, 0, "select") ? find_from(t) : SQL_NONE;
    ret[0] = '\0';
    if (qualifier.length == 0) {
        if (s->trouble == SQL_PLAIN && s->select.table != SQL_NONE)
            take_name(sql_last_part(&t->at[s->select.table]), ret);
        return;
    }
    for (size_t i = from + 1; from != SQL_NONE && i < t->count && !sql_is(t, i, "where"); i++) {
        if (!sql_is_name(t, i) || !begins_table(t, i, from))
            continue;
        size_t alias = i + 1 + (size_t)sql_is(t, i + 1, "as");
        if (sql_is_name(t, alias) ? sql_same_part(sql_last_part(&t->at[alias]), qualifier)
                                  : sql_same_part(sql_last_part(&t->at[i]), qualifier)) {
            take_name(sql_last_part(&t->at[i]), ret);
            return;
        }
    }
}

bool source_of_token(const struct sql_statement *s, size_t i, struct source *ret)
{
    const struct sql_token *token = &s->tokens.at[i];
    if (!sql_is_name(&s->tokens, i) && token->kind != SQL_STAR)
        return false;
    take_name(sql_last_part(token), ret->column);
    find_table(s, sql_qualifier(token), ret->table);
    return true;
}

/* The item of the select list that ends before `end`, where it is a column with that name or alias: its token, or SQL_NONE. */
static size_t match_item(const struct sql_tokens *t, size_t first, size_t end, const char *name)
{
    bool aliased = end - first == 3 && sql_is(t, first + 1, "as");
    if (end - first != 1 && !aliased)
        return SQL_NONE;
    return sql_is_name(t, first) && same_name(sql_last_part(&t->at[end - 1]), name) ? first : SQL_NONE;
}

bool source_of_result(const struct sql_statement *s, const char *name, struct source *ret)
{
    const struct sql_tokens *t = &s->tokens;
    size_t from = sql_is(t, 0, "select") ? find_from(t) : SQL_NONE;
    size_t first = 1 + (size_t)sql_is(t, 1, "distinct");
    size_t found = SQL_NONE;
    size_t star = SQL_NONE;
    if (!s->is_plain || from == SQL_NONE)
        return false;
    for (size_t i = first; i <= from; i++) {
        if (i < from && (t->at[i].depth > 0 || !sql_is(t, i, ",")))
            continue;
        size_t item = match_item(t, first, i, name);
        if (item != SQL_NONE && found != SQL_NONE)
            return false;
        found = item != SQL_NONE ? item : found;
        star = i - first == 1 && t->at[first].kind == SQL_STAR ? first : star;
        first = i + 1;
    }
    if (found != SQL_NONE)
        return source_of_token(s, found, ret);
    if (star == SQL_NONE)
        return false;
    take_name((struct sql_part){.start = name, .length = strlen(name)}, ret->column);
    find_table(s, sql_qualifier(&t->at[star]), ret->table);
    return true;
}

/* Copies a name without its underscores: "OrderItems" and "order_items" are one. */
static void squeeze(const char *name, char *out)
{
    for (; *name; name++) {
        if (*name != '_')
            *out++ = *name;
    }
    *out = '\0';
}

/* Cuts the plural's ending off, where there is one of the usual ones. */
static void make_singular(char *name)
{
    size_t length = strlen(name);
    if (length > 4 && strcmp(name + length - 3, "ies") == 0)
        strcpy(name + length - 3, "y");
    else if (length > 4 && (strcmp(name + length - 4, "sses") == 0 || strcmp(name + length - 3, "xes") == 0))
        name[length - 2] = '\0';
    else if (length > 2 && name[length - 1] == 's')
        name[length - 1] = '\0';
}

/* table + "id", or "id" + table */
static bool is_table_and_id(const char *column, const char *table)
{
    size_t length = strlen(table);
    if (length == 0 || strlen(column) != length + 2)
        return false;
    return (strncmp(column, table, length) == 0 && strcmp(column + length, "id") == 0) ||
           (strncmp(column, "id", 2) == 0 && strcmp(column + 2, table) == 0);
}

bool source_is_own_key(const struct source *source)
{
    static const char *const names[] = {"id", "rowid", "_rowid_", "oid", "ctid", "pk", "uuid", "guid", NULL};
    for (size_t i = 0; names[i]; i++) {
        if (strcmp(source->column, names[i]) == 0)
            return true;
    }
    char column[SOURCE_NAME_MAX];
    char table[SOURCE_NAME_MAX];
    squeeze(source->column, column);
    squeeze(source->table, table);
    if (is_table_and_id(column, table))
        return true;
    make_singular(table);
    return is_table_and_id(column, table);
}

bool source_is_foreign_key(const struct source *source)
{
    size_t length = strlen(source->column);
    bool ends = (length > 3 && strcmp(source->column + length - 3, "_id") == 0) ||
                (length > 5 && strcmp(source->column + length - 5, "_uuid") == 0);
    return ends && !source_is_own_key(source);
}

bool source_same_table(const struct source *a, const struct source *b)
{
    return a->table[0] != '\0' && strcmp(a->table, b->table) == 0;
}
