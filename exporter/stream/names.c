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

/* A column of the same name, unless every table has one; a foreign key for the child's own key; a key for the child's foreign
 * key.
 */
enum names_fit names_fit(const char *alias, const char *compared, struct names_text parent, struct names_text child)
{
    char own[NAMES_MAX];
    const char *column = name_behind(alias, parent, own, sizeof own);

    if (strcasecmp(column, compared) == 0)
        return is_key(compared) ? NAMES_PLAIN : NAMES_WELL;
    if (is_key(compared))
        return mentions(child, column, stem_of(column)) ? NAMES_WELL : stem_of(column) ? NAMES_BETTER : NAMES_PLAIN;
    if (is_key(column))
        return mentions(parent, compared, stem_of(compared)) ? NAMES_WELL : NAMES_BETTER;
    return NAMES_PLAIN;
}
