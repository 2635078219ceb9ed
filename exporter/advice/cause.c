#include "exporter/advice/cause.h"

#include <string.h>

/* The name of a function that is called here with a value; length 0: it is none. */
static struct sql_part name_of_call(const char *at)
{
    static const char *const no_functions[] = {"exists", "in", "values", "row", "not", "case", "cast", "any", "all", NULL};
    struct sql_part name = {.start = at, .length = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_.\"")};
    const char *close = strchr(at, ')');
    const char *value = strchr(at, '?');
    bool is_call = name.length > 0 && at[name.length] == '(' && value && close && value < close;
    for (size_t i = 0; is_call && no_functions[i]; i++)
        is_call = !sql_part_is(name, no_functions[i]);
    return is_call ? name : (struct sql_part){.length = 0};
}

/* select f(?), or select * from f(?). Looked for in the text: that a function has a value makes a statement one that is not
 * plainly understood, since its type decides which function it is. */
static struct cause_found find_call(const char *text)
{
    struct cause_found found = {.cause = CAUSE_UNKNOWN};
    const char *from = strstr(text, " from ");
    if (strncmp(text, "select ", strlen("select ")) != 0)
        return found;
    found.function = name_of_call(from ? from + strlen(" from ") : text + strlen("select "));
    if (found.function.length > 0)
        found.cause = from ? CAUSE_TABLE_CALL : CAUSE_CALL;
    return found;
}

/* What a mapper asks of a query that it wraps: select count(?) from (select ...), select ? from (select ...). Looked for in the
 * text as well: count(?) is not plainly understood either. */
static enum cause find_wrapped(const char *text)
{
    static const struct {
        const char *list;
        enum cause cause;
    } wrappers[] = {
        {"select count(?)", CAUSE_AGGREGATE},
        {"select count(*)", CAUSE_AGGREGATE},
        {"select ?", CAUSE_EXISTS},
    };
    for (size_t i = 0; i < sizeof wrappers / sizeof *wrappers; i++) {
        size_t length = strlen(wrappers[i].list);
        const char *from = text + length;
        if (strncmp(text, wrappers[i].list, length) != 0)
            continue;
        if (strncmp(from, " as ", strlen(" as ")) == 0)
            from += strlen(" as ") + strcspn(from + strlen(" as "), " ");
        if (strncmp(from, " from (select ", strlen(" from (select ")) == 0)
            return wrappers[i].cause;
    }
    return CAUSE_UNKNOWN;
}

/* A select list of constants: select ? as one from t, and EXISTS. */
static bool is_existence_check(const struct sql_statement *s)
{
    const struct sql_tokens *t = &s->tokens;
    if (sql_is(t, 1, "exists") && sql_is(t, 2, "(") && t->at[2].pair + 3 >= t->count)
        return true;
    if (s->trouble != SQL_PLAIN || s->select.item_count == 0)
        return false;
    for (size_t i = 0; i < s->select.item_count; i++) {
        const struct sql_item *item = &s->select.items[i];
        for (size_t at = item->first; at < item->end; at++) {
            if (t->at[at].kind != SQL_PLACEHOLDER && !sql_is(t, at, "(") && !sql_is(t, at, ")"))
                return false;
        }
    }
    return true;
}

/* Nothing of its own row: a mapper that loads what belongs to a row may join that row's table only to name it. */
static bool leaves_out(const struct sql_statement *s, const struct source *table)
{
    struct source item;
    for (size_t i = 0; i < s->select.item_count; i++) {
        const struct sql_item *at = &s->select.items[i];
        if (at->end - at->first != 1 || !source_of_token(s, at->first, &item) || item.table[0] == '\0' ||
            source_same_table(&item, table))
            return false;
    }
    return true;
}

/* Rows of other tables are selected by a join with the one that the key is of: there may be any number of them for each. */
static bool selects_from_others(const struct sql_statement *s, const struct source *key)
{
    struct source item;
    for (size_t i = 0; i < s->select.item_count; i++) {
        size_t column = s->select.items[i].column;
        if (column != SQL_NONE && source_of_token(s, column, &item) && item.table[0] && !source_same_table(&item, key))
            return true;
    }
    return false;
}

/* By the key that the parent's row has, too. */
static enum cause cause_of_own_key(const struct sql_statement *s, const struct source *key)
{
    if (leaves_out(s, key))
        return CAUSE_UNKNOWN;
    return selects_from_others(s, key) ? CAUSE_TO_MANY : CAUSE_OWN_ROW;
}

static enum cause compare_keys(const struct cause_input *in, bool *ret_is_of_another)
{
    const struct sql_statement *s = in->statement;
    struct sql_key key;
    struct source child;
    struct source parent;
    if (s->trouble != SQL_PLAIN || s->select.where.first == s->select.where.end ||
        !sql_find_key(&s->tokens, s->select.where, in->parameter, &key) || !source_of_token(s, key.column, &child))
        return in->walks_itself ? CAUSE_TREE : CAUSE_UNKNOWN;
    if (in->walks_itself)
        return CAUSE_TREE;
    bool own = source_is_own_key(&child);
    if (in->parent && in->parent_column && source_of_result(in->parent, in->parent_column, &parent)) {
        bool same_table = source_same_table(&child, &parent);
        bool is_parents_key = source_is_own_key(&parent);
        if (same_table && strcmp(child.column, parent.column) == 0)
            return own ? cause_of_own_key(s, &child) : CAUSE_TO_MANY;
        if (same_table && !own && is_parents_key)
            return CAUSE_TREE;
        *ret_is_of_another = !same_table && !own && is_parents_key && s->select.table != SQL_NONE;
        if (!own && is_parents_key)
            return CAUSE_TO_MANY;
    }
    if (own)
        return s->select.table != SQL_NONE ? CAUSE_TO_ONE : CAUSE_UNKNOWN;
    return source_is_foreign_key(&child) ? CAUSE_TO_MANY : CAUSE_UNKNOWN;
}

struct cause_found cause_find(const struct cause_input *in)
{
    struct cause_found found = find_call(in->statement->text);
    if (found.cause == CAUSE_UNKNOWN)
        found.cause = find_wrapped(in->statement->text);
    if (found.cause != CAUSE_UNKNOWN || !in->statement->is_plain || !sql_is(&in->statement->tokens, 0, "select"))
        return found;
    if (is_existence_check(in->statement))
        found.cause = CAUSE_EXISTS;
    else if (in->statement->trouble == SQL_PLAIN && sql_select_aggregates(&in->statement->select))
        found.cause = CAUSE_AGGREGATE;
    else
        found.cause = compare_keys(in, &found.is_of_another);
    return found;
}
