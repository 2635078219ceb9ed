#include "exporter/advice/sql/select.h"

/* SELECT ALL is SELECT. */
static size_t first_item(const struct sql_tokens *t)
{
    return sql_is(t, 1, "all") ? 2 : 1;
}

static enum sql_trouble find_trouble(const struct sql_tokens *t)
{
    static const char *const others[] = {"with",      "into", "all",     "qualify",     "top", "straight_join",
                                         "returning", "set",  "lateral", "tablesample", NULL};
    static const char *const sets[] = {"union", "intersect", "except", NULL};
    for (size_t i = first_item(t); i < t->count; i++) {
        bool outside = t->at[i].depth == 0;
        if (sql_is(t, i, "select") || sql_is(t, i, "values"))
            return t->at[i].depth > 0 ? SQL_SUBSELECT : i > 1 && sql_is_any(t, i - 1, sets) ? SQL_SET_OPERATION : SQL_STRANGE;
        if (sql_is(t, i, "over") || (outside && sql_is(t, i, "window")))
            return SQL_WINDOW;
        if (!outside)
            continue;
        if (sql_is(t, i, "distinct"))
            return SQL_DISTINCT;
        if (sql_is(t, i, "group") || sql_is(t, i, "having"))
            return SQL_GROUPED;
        if (sql_is_any(t, i, sets))
            return SQL_SET_OPERATION;
        if (sql_is(t, i, "for"))
            return SQL_LOCKING;
        if (sql_is_any(t, i, others))
            return SQL_STRANGE;
    }
    return SQL_PLAIN;
}

/* LIMIT, and the other words for it that PostgreSQL has, in any order. */
static bool begins_limit(const struct sql_tokens *t, size_t i)
{
    if (sql_is(t, i, "offset"))
        return i + 1 < t->count && t->at[i + 1].kind == SQL_PLACEHOLDER; /* else a column of that name */
    return sql_is(t, i, "limit") || (sql_is(t, i, "fetch") && (sql_is(t, i + 1, "first") || sql_is(t, i + 1, "next")));
}

/* Each clause once, and in their order. */
static bool find_clauses(const struct sql_tokens *t, struct sql_select *ret, size_t *ret_from)
{
    static const char *const words[] = {"from", "where", "order"};
    struct sql_span *const clauses[] = {&ret->from, &ret->where, &ret->order, &ret->limit};
    size_t next = 0;
    size_t last = SQL_NONE;
    *ret_from = SQL_NONE;
    for (size_t i = 1; i < t->count; i++) {
        if (t->at[i].depth > 0)
            continue;
        if (!begins_limit(t, i) && (sql_is(t, i, "offset") || sql_is(t, i, "fetch")))
            return false;
        for (size_t c = 0; c < 4; c++) {
            if (c < 3 ? !sql_is(t, i, words[c]) : last == 3 || !begins_limit(t, i))
                continue;
            if (c < next || (c > 0 && next == 0))
                return false;
            if (last != SQL_NONE)
                clauses[last]->end = i;
            else
                *ret_from = i;
            *clauses[c] = (struct sql_span){.first = i + (c == 2 ? 2 : c < 3), .end = t->count};
            if (c == 2 && !sql_is(t, i + 1, "by"))
                return false;
            last = c;
            next = c + 1;
            break;
        }
    }
    for (size_t c = 0; c < next; c++) {
        if (clauses[c]->first > 0 && clauses[c]->first >= clauses[c]->end)
            return false;
    }
    return *ret_from != SQL_NONE && *ret_from > 1;
}

static bool add_item(struct sql_select *s, size_t first, size_t end)
{
    const struct sql_tokens *t = s->tokens;
    struct sql_item item = {.first = first, .end = end, .column = SQL_NONE, .alias = SQL_NONE};
    if (first >= end || s->item_count == SQL_ITEMS_MAX)
        return false;
    if (end - first >= 3 && sql_is(t, end - 2, "as") && (t->at[end - 1].kind == SQL_WORD || t->at[end - 1].kind == SQL_NAME)) {
        item.alias = end - 1;
        item.end = end - 2;
    } else if (end - first >= 2 && sql_is_name(t, end - 1) &&
               (sql_is_name(t, end - 2) || sql_is(t, end - 2, ")") || t->at[end - 2].kind == SQL_PLACEHOLDER)) {
        item.alias = end - 1;
        item.end = end - 1;
    }
    if (item.end - first == 1 && sql_is_name(t, first))
        item.column = first;
    s->items[s->item_count++] = item;
    return true;
}

static bool find_items(struct sql_select *s, size_t from)
{
    const struct sql_tokens *t = s->tokens;
    size_t first = first_item(t);
    for (size_t i = first; i <= from; i++) {
        if (i < from && !(t->at[i].depth == 0 && sql_is(t, i, ",")))
            continue;
        if (!add_item(s, first, i))
            return false;
        first = i + 1;
    }
    return true;
}

static void find_table(struct sql_select *s)
{
    const struct sql_tokens *t = s->tokens;
    size_t length = s->from.end - s->from.first;
    size_t as = length == 3 && sql_is(t, s->from.first + 1, "as");
    s->table = s->alias = SQL_NONE;
    if (!sql_is_name(t, s->from.first) || length > 2 + as)
        return;
    if (length > 1) {
        if (!sql_is_name(t, s->from.end - 1))
            return;
        s->alias = s->from.end - 1;
    }
    s->table = s->from.first;
}

enum sql_trouble sql_select_parse(const struct sql_tokens *tokens, struct sql_select *ret)
{
    size_t from;
    ret->tokens = tokens;
    ret->item_count = 0;
    ret->from = ret->where = ret->order = ret->limit = (struct sql_span){.first = 0};
    ret->table = ret->alias = SQL_NONE;
    if (!sql_is(tokens, 0, "select"))
        return sql_is(tokens, 0, "with") ? SQL_SUBSELECT : SQL_STRANGE;
    enum sql_trouble trouble = find_trouble(tokens);
    if (trouble != SQL_PLAIN)
        return trouble;
    if (!find_clauses(tokens, ret, &from) || !find_items(ret, from))
        return SQL_STRANGE;
    find_table(ret);
    return SQL_PLAIN;
}

/* Parts of a condition that all have to hold. */
struct conjuncts {
    struct sql_span at[SQL_CONJUNCTS_MAX];
    size_t count;
};

static bool split_conjuncts(const struct sql_tokens *t, struct sql_span span, struct conjuncts *ret)
{
    while (span.first < span.end && sql_is(t, span.first, "(") && t->at[span.first].pair == span.end - 1) {
        span.first++;
        span.end--;
    }
    if (span.first >= span.end)
        return false;
    size_t depth = t->at[span.first].depth;
    size_t part = span.first;
    bool between = false;
    bool is_split = false;
    for (size_t i = span.first; i < span.end; i++) {
        if (t->at[i].depth == depth && (sql_is(t, i, "or") || sql_is(t, i, "case")))
            goto whole;
    }
    for (size_t i = span.first; i < span.end; i++) {
        if (t->at[i].depth != depth)
            continue;
        if (sql_is(t, i, "between"))
            between = true;
        if (!sql_is(t, i, "and"))
            continue;
        if (between) {
            between = false;
            continue;
        }
        is_split = true;
        if (!split_conjuncts(t, (struct sql_span){.first = part, .end = i}, ret))
            return false;
        part = i + 1;
    }
    if (is_split)
        return split_conjuncts(t, (struct sql_span){.first = part, .end = span.end}, ret);
whole:
    if (ret->count == SQL_CONJUNCTS_MAX)
        return false;
    ret->at[ret->count++] = span;
    return true;
}

/* The forms of a comparison with one parameter, which may be any when it is not said which. */
static bool is_key(const struct sql_tokens *t, struct sql_span span, struct sql_key *ret, uint32_t *ret_number)
{
    size_t i = span.first;
    size_t length = span.end - i;
    *ret = (struct sql_key){.first = i, .end = span.end, .column = i, .type = SQL_NONE};
    bool equals = length >= 3 && (sql_is(t, i + 1, "=") || sql_is(t, i + 1, "=="));
    if (length == 3 && equals && t->at[i].kind == SQL_PLACEHOLDER && sql_is_name(t, i + 2)) {
        ret->column = i + 2;
        *ret_number = t->at[i].number;
        return true;
    }
    if (length == 5 && t->at[i].kind == SQL_PLACEHOLDER && sql_is(t, i + 1, "::") && t->at[i + 2].kind == SQL_WORD &&
        sql_is(t, i + 3, "=") && sql_is_name(t, i + 4)) {
        ret->column = i + 4;
        ret->type = i + 2;
        *ret_number = t->at[i].number;
        return true;
    }
    if (length < 3 || !sql_is_name(t, i))
        return false;
    *ret_number = t->at[i + 2].number;
    if (equals && t->at[i + 2].kind == SQL_PLACEHOLDER) {
        if (length == 3)
            return true;
        ret->type = i + 4;
        return length == 5 && sql_is(t, i + 3, "::") && t->at[i + 4].kind == SQL_WORD;
    }
    if (length == 5 && sql_is(t, i + 1, "in") && sql_is(t, i + 2, "(") && sql_is(t, i + 4, ")")) {
        *ret_number = t->at[i + 3].number;
        return t->at[i + 3].kind == SQL_PLACEHOLDER;
    }
    return false;
}

static uint32_t placeholders_in(const struct sql_tokens *t, size_t first, size_t end)
{
    uint32_t count = 0;
    for (size_t i = first; i < end; i++)
        count += t->at[i].kind == SQL_PLACEHOLDER;
    return count;
}

bool sql_find_key(const struct sql_tokens *t, struct sql_span where, uint32_t parameter, struct sql_key *ret)
{
    struct conjuncts conjuncts;
    conjuncts.count = 0;
    if (parameter == 0 && placeholders_in(t, 0, where.end) != 1)
        return false;
    if (!split_conjuncts(t, where, &conjuncts))
        return false;
    for (size_t i = 0; i < conjuncts.count; i++) {
        uint32_t number;
        struct sql_key key;
        if (is_key(t, conjuncts.at[i], &key, &number) && (parameter == 0 || number == parameter)) {
            *ret = key;
            return true;
        }
    }
    return false;
}

/* filter (where ...) up to the end, of one row each. */
static bool is_filter(const struct sql_tokens *t, size_t i, size_t end)
{
    return sql_is(t, i, "filter") && sql_is(t, i + 1, "(") && t->at[i + 1].pair == end - 1 && sql_is(t, i + 2, "where") &&
           sql_is_rowwise(t, (struct sql_span){.first = i + 3, .end = end - 1});
}

static bool is_aggregate_call(const struct sql_tokens *t, size_t i, size_t end)
{
    static const char *const functions[] = {"count",   "sum",   "min",       "max",      "avg",       "total", "bool_and",
                                            "bool_or", "every", "array_agg", "json_agg", "jsonb_agg", NULL};
    static const char *const of_several[] = {"string_agg", "group_concat", NULL};
    bool takes_several = sql_is_any(t, i, of_several);
    if ((!takes_several && !sql_is_any(t, i, functions)) || !sql_is(t, i + 1, "("))
        return false;
    size_t close = t->at[i + 1].pair;
    if (close >= end || (close != end - 1 && !is_filter(t, close + 1, end)))
        return false;
    for (size_t j = i + 2; j < close && !takes_several; j++) {
        if (t->at[j].depth == t->at[i + 1].depth + 1 && sql_is(t, j, ","))
            return false; /* SQLite's max(a, b) is of one row */
    }
    size_t inner = i + 2 + (size_t)sql_is(t, i + 2, "distinct");
    return inner < close && sql_is_rowwise(t, (struct sql_span){.first = inner, .end = close});
}

/* sum(x) or coalesce(sum(x), ?) */
static bool is_aggregate_item(const struct sql_tokens *t, const struct sql_item *item)
{
    static const char *const wrappers[] = {"coalesce", "ifnull", NULL};
    size_t i = item->first;
    if (sql_is_any(t, i, wrappers) && sql_is(t, i + 1, "(") && t->at[i + 1].pair == item->end - 1 && item->end - i >= 6) {
        return sql_is(t, item->end - 3, ",") && t->at[item->end - 2].kind == SQL_PLACEHOLDER &&
               is_aggregate_call(t, i + 2, item->end - 3);
    }
    return is_aggregate_call(t, i, item->end);
}

bool sql_select_aggregates(const struct sql_select *s)
{
    for (size_t i = 0; i < s->item_count; i++) {
        if (!is_aggregate_item(s->tokens, &s->items[i]))
            return false;
    }
    return s->item_count > 0;
}

bool sql_is_rowwise(const struct sql_tokens *t, struct sql_span span)
{
    static const char *const known[] = {"coalesce", "ifnull", "nullif",   "lower", "upper",      "length",       "abs",
                                        "round",    "cast",   "substr",   "trim",  "replace",    "substring",    "strftime",
                                        "to_char",  "date",   "datetime", "and",   "or",         "not",          "in",
                                        "when",     "then",   "else",     "like",  "date_trunc", "json_extract", NULL};
    for (size_t i = span.first; i < span.end; i++) {
        if (sql_is(t, i, "(") && i > span.first && t->at[i - 1].kind != SQL_SYMBOL && !sql_is_any(t, i - 1, known))
            return false;
    }
    return true;
}

bool sql_orders_by_columns(const struct sql_select *s)
{
    static const char *const ways[] = {"asc", "desc", "nulls", "first", "last", NULL};
    const struct sql_tokens *t = s->tokens;
    bool at_start = true;
    for (size_t i = s->order.first; i < s->order.end; i++) {
        if (at_start ? !sql_is_name(t, i) : !sql_is_any(t, i, ways) && !sql_is(t, i, ","))
            return false;
        at_start = sql_is(t, i, ",");
    }
    return !at_start;
}
