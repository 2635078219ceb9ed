#include "agent/sql/tags.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_blank(const char *p, const char *end)
{
    while (p < end && is_blank(*p))
        p++;
    return p;
}

static bool is_key(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c != 0 && strchr("_-.%~", c));
}

struct tag {
    const char *key, *key_end;
    const char *value, *value_end;
};

/* Reads key='value' at p, and returns what is behind it, NULL when there is none. */
static const char *read_tag(const char *p, const char *end, struct tag *ret)
{
    ret->key = p;
    while (p < end && is_key(*p))
        p++;
    ret->key_end = p;
    if (p == ret->key || end - p < 3 || p[0] != '=' || p[1] != '\'')
        return NULL;
    p += 2;
    ret->value = p;
    while (p < end && *p != '\'')
        p += *p == '\\' && end - p > 1 ? 2 : 1;
    if (p >= end)
        return NULL;
    ret->value_end = p;
    return p + 1;
}

/* The next tag of a list; *p is moved behind it and its comma. */
static bool next_tag(const char **p, const char *end, struct tag *ret)
{
    const char *q = read_tag(skip_blank(*p, end), end, ret);

    if (!q)
        return false;
    q = skip_blank(q, end);
    if (q < end && *q != ',')
        return false;
    *p = q < end ? q + 1 : q;
    return true;
}

bool tags_find(const char *text, size_t length, const char **ret, size_t *ret_length)
{
    const char *end = text + length;
    const char *p = skip_blank(text, end);
    const char *start = p;
    struct tag tag;

    while (end > p && is_blank(end[-1]))
        end--;
    if (p == end || end[-1] != '\'')
        return false;
    while (p < end) {
        if (!next_tag(&p, end, &tag))
            return false;
    }
    *ret = start;
    *ret_length = (size_t)(end - start);
    return true;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One character of a URL-encoded text, in which a quote is escaped with a backslash; *p moves on. What is no escape, and %00,
 * which a terminated string cannot hold, stands for itself. */
static char decode(const char **p, const char *end)
{
    const char *q = *p;

    if (end - q >= 3 && *q == '%') {
        int high = hex(q[1]);
        int low = hex(q[2]);
        if (high >= 0 && low >= 0 && (high | low) != 0) {
            *p = q + 3;
            return (char)(high << 4 | low);
        }
    }
    if (end - q >= 2 && q[0] == '\\' && (q[1] == '\'' || q[1] == '\\'))
        q++;
    *p = q + 1;
    return *q;
}

static bool key_is(const struct tag *tag, const char *key)
{
    const char *p = tag->key;

    while (p < tag->key_end && *key) {
        if (decode(&p, tag->key_end) != *key++)
            return false;
    }
    return p == tag->key_end && *key == 0;
}

bool tags_value(const char *tags, size_t tags_length, const char *key, char *out, size_t size)
{
    const char *end = tags + tags_length;
    const char *p = tags;
    struct tag tag;

    while (p < end && next_tag(&p, end, &tag)) {
        if (!key_is(&tag, key))
            continue;
        size_t n = 0;
        for (const char *q = tag.value; q < tag.value_end && n + 1 < size;)
            out[n++] = decode(&q, tag.value_end);
        if (size > 0)
            out[n] = 0;
        return true;
    }
    return false;
}
