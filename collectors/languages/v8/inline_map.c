#include "collectors/languages/v8/inline_map.h"

#include <string.h>

#define FIELDS     5 /* of a segment: column, source, line, column, name */
#define LINE_MAX   (1 << 24)
#define DIGIT_MORE 32

struct text {
    const char *at, *end;
};

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* In place: what is decoded is shorter. Ends at the first character that is none. */
static size_t decode(char *out, const char *text, size_t length)
{
    uint32_t bits = 0;
    size_t written = 0;

    for (size_t i = 0; i < length; i++) {
        int digit = digit_of(text[i]);
        if (digit < 0)
            break;
        bits = bits << 6 | (uint32_t)digit;
        if (i % 4 > 0)
            out[written++] = (char)(bits >> (6 - i % 4 * 2));
    }
    return written;
}

static void skip_space(struct text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n' || *t->at == '\r' || *t->at == '\t'))
        t->at++;
}

/* Behind the quotation mark that begins a string; *ret is what is up to the one that ends it, escapes as they stand. */
static bool take_string(struct text *t, struct text *ret)
{
    ret->at = t->at;
    for (; t->at < t->end && *t->at != '"'; t->at++) {
        if (*t->at == '\\')
            t->at++;
    }
    if (t->at >= t->end)
        return false;
    ret->end = t->at++;
    return true;
}

/* A value of any kind. */
static bool skip_value(struct text *t)
{
    struct text string;
    int depth = 0;

    for (; t->at < t->end; t->at++) {
        char c = *t->at;
        if (c == '"') {
            t->at++;
            if (!take_string(t, &string))
                return false;
            t->at--;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

static bool is(struct text key, const char *name)
{
    size_t length = strlen(name);

    return (size_t)(key.end - key.at) == length && memcmp(key.at, name, length) == 0;
}

/* An array of one string. */
static bool take_only(struct text *t, struct text *ret)
{
    if (t->at == t->end || *t->at++ != '[')
        return false;
    skip_space(t);
    if (t->at == t->end || *t->at++ != '"' || !take_string(t, ret))
        return false;
    skip_space(t);
    return t->at < t->end && *t->at++ == ']';
}

static bool read_map(struct text t, struct text *ret_source, struct text *ret_mappings)
{
    struct text key, root = {NULL, NULL};

    *ret_source = *ret_mappings = root;
    skip_space(&t);
    if (t.at == t.end || *t.at++ != '{')
        return false;
    for (;;) {
        skip_space(&t);
        if (t.at == t.end || *t.at++ != '"' || !take_string(&t, &key))
            return false;
        skip_space(&t);
        if (t.at == t.end || *t.at++ != ':')
            return false;
        skip_space(&t);
        if (is(key, "sources")) {
            if (!take_only(&t, ret_source))
                return false;
        } else if (is(key, "mappings") || (is(key, "sourceRoot") && t.at < t.end && *t.at == '"')) {
            if (t.at == t.end || *t.at++ != '"' || !take_string(&t, is(key, "mappings") ? ret_mappings : &root))
                return false;
        } else if (!skip_value(&t)) {
            return false;
        }
        skip_space(&t);
        if (t.at == t.end || *t.at++ != ',')
            break;
    }
    return ret_source->at && ret_mappings->at && root.at == root.end;
}

/* A name alone is beside the script. */
static bool is_path(struct text source, const char *path)
{
    static const char scheme[] = "file://";
    const char *last = strrchr(path, '/');

    if ((size_t)(source.end - source.at) > sizeof scheme - 1 && memcmp(source.at, scheme, sizeof scheme - 1) == 0)
        source.at += sizeof scheme - 1;
    return is(source, path) || (last && is(source, last + 1));
}

/* A number of base64 digits, of which the lowest bit is the sign. Wraps around. */
static bool take_number(struct text *t, int64_t *sum)
{
    uint64_t number = 0;

    for (unsigned shift = 0; t->at < t->end && shift < 60; shift += 5) {
        int digit = digit_of(*t->at++);
        if (digit < 0)
            return false;
        number |= (uint64_t)(digit & (DIGIT_MORE - 1)) << shift;
        if (digit & DIGIT_MORE)
            continue;
        *sum = (int64_t)((uint64_t)*sum + (number & 1 ? ~(number >> 1) + 1 : number >> 1));
        return true;
    }
    return false;
}

/* The last segment of the line up to the column that has a source; before all of them, the first one. 0: there is none. */
static int64_t find_line(struct text t, uint32_t line, uint32_t column)
{
    int64_t fields[FIELDS] = {0}, found = 0;

    for (uint32_t at = 1; t.at < t.end && at <= line;) {
        unsigned count = 0;
        if (*t.at == ';' || *t.at == ',') {
            if (*t.at++ == ';') {
                fields[0] = 0;
                at++;
            }
            continue;
        }
        while (count < FIELDS && t.at < t.end && *t.at != ',' && *t.at != ';') {
            if (!take_number(&t, &fields[count++]))
                return 0;
        }
        if (at == line && count >= 4 && (!found || fields[0] < column))
            found = fields[2] + 1;
    }
    return found;
}

bool v8_inline_map_find(char *text, size_t length, const char *path, uint32_t line, uint32_t column, uint32_t *ret_line)
{
    static const char kind[] = V8_INLINE_MAP, form[] = ";base64,";
    const char *data = length > sizeof kind && memcmp(text, kind, sizeof kind - 1) == 0
                           ? memmem(text, length < 128 ? length : 128, form, sizeof form - 1)
                           : NULL;
    struct text source, mappings;
    int64_t found;

    if (!data)
        return false;
    data += sizeof form - 1;
    length = decode(text, data, length - (size_t)(data - text));
    if (!read_map((struct text){text, text + length}, &source, &mappings) || !is_path(source, path))
        return false;
    found = find_line(mappings, line, column);
    if (found <= 0 || found >= LINE_MAX)
        return false;
    *ret_line = (uint32_t)found;
    return true;
}
