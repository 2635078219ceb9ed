#include "exporter/stream/names.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* The length of what a name_id or a name_key says that it refers to; 0: it does not look like a foreign key. */
static size_t stem_of(const char *column)
{
    size_t length = strlen(column);

    if (length > 3 && strcasecmp(column + length - 3, "_id") == 0)
        return length - 3;
    return length > 4 && strcasecmp(column + length - 4, "_key") == 0 ? length - 4 : 0;
}

static bool is_key(const char *column)
{
    return strcasecmp(column, "id") == 0 || strcasecmp(column, "rowid") == 0;
}

static bool mentions(struct names_text text, const char *word, size_t length)
{
    return length > 0 && memmem(text.text, text.length, word, length) != NULL;
}

static bool is_of_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || (c & 0x80);
}

static const char quotes[] = "\"`";

static bool is_quote(char c)
{
    return c != '\0' && strchr(quotes, c) != NULL;
}

/* The words of a text that end right before `at`: a name, in quotes or not. Returns where it begins; *ret and *ret_end without
 * the quotes. NULL: there is none. */
static const char *name_before(const char *text, const char *at, const char **ret, const char **ret_end)
{
    const char *start = at;

    if (at > text && is_quote(at[-1])) {
        const char *quote = memrchr(text, at[-1], (size_t)(at - 1 - text));
        *ret = quote ? quote + 1 : NULL;
        *ret_end = at - 1;
        return quote;
    }
    while (start > text && is_of_name(start[-1]))
        start--;
    *ret = start;
    *ret_end = at;
    return start < at ? start : NULL;
}

static bool ends_with(const char *text, const char *end, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(end - text) >= length && memcmp(end - length, word, length) == 0;
}

static bool begins_with(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(end - at) >= length && memcmp(at, word, length) == 0;
}

static bool is_named(const char *name, size_t length, const char *other, size_t other_length)
{
    return length == other_length && strncasecmp(name, other, length) == 0;
}

/* Whether a column is all that the select list gives there: an expression's last word is no name of what comes of it. */
static bool begins_item(const char *text, const char *start)
{
    const char *name, *end;

    while (start && start > text && start[-1] == '.')
        start = name_before(text, start - 1, &name, &end);
    return start && (ends_with(text, start, ", ") || ends_with(text, start, "select ") || ends_with(text, start, "distinct "));
}

/* Mappers give what they select names of their own, with the column's in them or with a number: o0_.customer_id AS customer_id_2,
 * orders.id AS orders_id. Whose value it is stands in the text, which is normalised: words in lower case, single blanks. Else the
 * name itself: one that people gave (author_id AS writer_id) says more. */
static const char *name_behind(const char *alias, struct names_text text, char *ret, size_t size)
{
    const char *end = text.text + text.length, *at = text.text, *name, *name_end;
    size_t length = strlen(alias);

    for (; length > 0 && (at = memmem(at, (size_t)(end - at), alias, length)) != NULL; at++) {
        const char *word = at > text.text && is_quote(at[-1]) ? at - 1 : at, *start;
        if ((at + length < end && is_of_name(at[length])) || !ends_with(text.text, word, " as "))
            continue;
        start = name_before(text.text, word - strlen(" as "), &name, &name_end);
        if (!start || !begins_item(text.text, start) || (size_t)(name_end - name) >= size)
            continue;
        memcpy(ret, name, (size_t)(name_end - name));
        ret[name_end - name] = '\0';
        return strstr(alias, ret) || strpbrk(alias, "0123456789") ? ret : alias;
    }
    return alias;
}

/* table.column, in quotes or not. */
struct qualified {
    const char *text, *table, *column;
    size_t length, table_length, column_length;
};

/* The one that stands at a place of a text; false: there is none. */
static bool qualified_at(const char *at, const char *end, struct qualified *ret)
{
    const char *word[2], *p = at;
    size_t length[2];

    for (int i = 0; i < 2; i++) {
        char quote = p < end && is_quote(*p) ? *p++ : '\0';
        word[i] = p;
        while (p < end && is_of_name(*p))
            p++;
        length[i] = (size_t)(p - word[i]);
        if (length[i] == 0 || (quote && (p == end || *p++ != quote)) || (i == 0 && (p == end || *p++ != '.')))
            return false;
    }
    *ret = (struct qualified){at, word[0], word[1], (size_t)(p - at), length[0], length[1]};
    return true;
}

/* Whether a parameter is compared with it. */
static bool is_asked(struct names_text text, const struct qualified *column)
{
    static const char *const signs[] = {" = ?", " in (", " = any"};
    const char *end = text.text + text.length, *at = text.text;

    for (; (at = memmem(at, (size_t)(end - at), column->text, column->length)) != NULL; at++) {
        const char *behind = at + column->length;
        for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
            if (begins_with(behind, end, signs[i]))
                return true;
        }
    }
    return false;
}

/* FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.id = ?: the key is another name of the foreign key, by which
 * rows are found (Spring Data's findByCustomerId). */
static const char *name_joined(const char *compared, struct names_text text, char *ret, size_t size)
{
    static const char sign[] = " on ";
    const char *end = text.text + text.length, *at = text.text, *table, *table_end;
    struct qualified a, b;

    for (; (at = memmem(at, (size_t)(end - at), sign, sizeof sign - 1)) != NULL; at++) {
        const char *left = at + sizeof sign - 1 + (at[sizeof sign - 1] == '(');
        if (!qualified_at(left, end, &a) || !begins_with(left + a.length, end, " = ") ||
            !qualified_at(left + a.length + strlen(" = "), end, &b) || !name_before(text.text, at, &table, &table_end))
            continue;
        if (!is_named(a.table, a.table_length, table, (size_t)(table_end - table))) {
            struct qualified other = a;
            a = b;
            b = other;
        }
        if (is_named(a.table, a.table_length, table, (size_t)(table_end - table)) && b.column_length < size &&
            is_named(a.column, a.column_length, compared, strlen(compared)) && is_asked(text, &a)) {
            memcpy(ret, b.column, b.column_length);
            ret[b.column_length] = '\0';
            return ret;
        }
    }
    return compared;
}

/* The first table that a text reads or changes; 0: there is none. */
static size_t table_of(struct names_text text, const char **ret)
{
    static const char *const before[] = {" from ", "update "};

    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        const char *end = text.text + text.length, *at = memmem(text.text, text.length, before[i], strlen(before[i])), *last;
        if (!at)
            continue;
        *ret = last = at + strlen(before[i]);
        while (last < end && (is_of_name(*last) || is_quote(*last) || *last == '.'))
            last++;
        return (size_t)(last - *ret);
    }
    return 0;
}

static bool are_of_one_table(struct names_text a, struct names_text b)
{
    const char *table_a, *table_b;
    size_t length_a = table_of(a, &table_a), length_b = table_of(b, &table_b);

    return length_a > 0 && is_named(table_a, length_a, table_b, length_b);
}

/* A column of the same name, unless every table has one: then where it is the key of one table, whose rows are loaded again; a
 * foreign key for the child's own key; a key for the child's foreign key.
 */
enum names_fit names_fit(const char *alias, const char *compared, struct names_text parent, struct names_text child)
{
    char own[NAMES_MAX], joined[NAMES_MAX];
    const char *column = name_behind(alias, parent, own, sizeof own);

    if (is_key(compared))
        compared = name_joined(compared, child, joined, sizeof joined);
    if (strcasecmp(column, compared) == 0)
        return !is_key(compared) ? NAMES_WELL : are_of_one_table(parent, child) ? NAMES_SAME : NAMES_PLAIN;
    if (is_key(compared))
        return mentions(child, column, stem_of(column)) ? NAMES_WELL : stem_of(column) ? NAMES_BETTER : NAMES_PLAIN;
    if (is_key(column))
        return mentions(parent, compared, stem_of(compared)) ? NAMES_WELL : NAMES_BETTER;
    return NAMES_PLAIN;
}
