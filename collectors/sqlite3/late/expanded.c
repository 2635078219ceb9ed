#include "collectors/sqlite3/late/expanded.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "agent/base/hash.h"

#define NAMES_MAX 32 /* parameters with names that are told from each other */

/* Two texts side by side. */
struct reading {
    const char *sql; /* what is left of the text as it was prepared */
    char *expanded;  /* likewise with values; they are read in place */
    struct values *values;
    unsigned last; /* highest number of a parameter so far */
    struct {
        const char *text;
        size_t length;
        unsigned number;
    } names[NAMES_MAX];
    size_t name_count;
};

/* As SQLite's tokenizer has it (src/tokenize.c): also what is not ASCII. */
static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c < 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t quoted_length(const char *sql, char quote)
{
    size_t length = 1;

    while (sql[length] && (sql[length] != quote || (quote != ']' && sql[length + 1] == quote)))
        length += sql[length] == quote ? 2 : 1;
    return sql[length] ? length + 1 : length;
}

static size_t comment_length(const char *sql)
{
    const char *end = sql[0] == '-' ? strchr(sql, '\n') : strstr(sql + 2, "*/");

    return !end ? strlen(sql) : sql[0] == '-' ? (size_t)(end - sql) : (size_t)(end - sql) + 2;
}

/* $ @ : # and a name, of Tcl's too: $a::b(c). 0: it is none. */
static size_t name_length(const char *sql)
{
    size_t length = 1, words = 0;

    for (;; length++) {
        if (is_word(sql[length])) {
            words++;
        } else if (sql[length] == '(' && words > 0) {
            while (sql[length] && sql[length] != ')')
                length++;
            return sql[length] ? length + 1 : 0;
        } else if (sql[length] == ':' && sql[length + 1] == ':') {
            length++;
        } else {
            return words > 0 ? length : 0;
        }
    }
}

/* What a text begins with, up to where another thing may begin. *ret: it is a parameter. */
static size_t token_length(const char *sql, bool *ret)
{
    size_t length = 1;

    *ret = false;
    switch (sql[0]) {
    case '\'':
    case '"':
    case '`':
        return quoted_length(sql, sql[0]);
    case '[':
        return quoted_length(sql, ']');
    case '-':
        return sql[1] == '-' ? comment_length(sql) : 1;
    case '/':
        return sql[1] == '*' && sql[2] ? comment_length(sql) : 1;
    case '?':
        *ret = true;
        while (is_digit(sql[length]))
            length++;
        return length;
    case '$':
    case '@':
    case ':':
    case '#':
        length = name_length(sql);
        *ret = length > 0;
        return length > 0 ? length : 1;
    default:
        while (is_word(sql[0]) && is_word(sql[length]))
            length++;
        return length;
    }
}

static unsigned number_of_name(struct reading *reading, const char *name, size_t length)
{
    for (size_t i = 0; i < reading->name_count; i++) {
        if (reading->names[i].length == length && memcmp(reading->names[i].text, name, length) == 0)
            return reading->names[i].number;
    }
    reading->last++;
    if (reading->name_count < NAMES_MAX) {
        reading->names[reading->name_count].text = name;
        reading->names[reading->name_count].length = length;
        reading->names[reading->name_count++].number = reading->last;
    }
    return reading->last;
}

/* From 1, as SQLite gives them. */
static unsigned parameter_number(struct reading *reading, const char *token, size_t length)
{
    unsigned number = 0;

    if (token[0] != '?')
        return number_of_name(reading, token, length);
    for (size_t i = 1; i < length && number < 1000000; i++)
        number = number * 10 + (unsigned)(token[i] - '0');
    if (length == 1)
        number = reading->last + 1;
    reading->last = number > reading->last ? number : reading->last;
    return number;
}

static uint64_t hash(uint64_t (*of)(const char *text, size_t length), const char *text, size_t length)
{
    return length > VALUE_LONG ? value_hash_long(text, length) : of(text, length);
}

static uint64_t hash_blob(const char *bytes, size_t length)
{
    return value_hash_blob(bytes, length);
}

static bool read_text(struct reading *reading, uint64_t *ret)
{
    char *from = reading->expanded + 1, *to = from, *text = from;

    for (; *from != '\'' || from[1] == '\''; *to++ = *from++) {
        if (*from == '\'')
            from++;
        if (!*from)
            return false;
    }
    *ret = hash(value_hash_text, text, (size_t)(to - text));
    reading->expanded = from + 1;
    return true;
}

static unsigned digit_of(char c)
{
    return is_digit(c) ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static bool read_blob(struct reading *reading, uint64_t *ret)
{
    char *from = reading->expanded + 2, *to = from, *bytes = from;

    for (; *from != '\''; from += 2) {
        if (!from[0] || digit_of(from[0]) > 15 || digit_of(from[1]) > 15)
            return false;
        *to++ = (char)(digit_of(from[0]) << 4 | digit_of(from[1]));
    }
    *ret = hash(hash_blob, bytes, (size_t)(to - bytes));
    reading->expanded = from + 1;
    return true;
}

/* One hashes alike as a text. */
static bool read_number(struct reading *reading, uint64_t *ret)
{
    char *from = reading->expanded, *to = from + (*from == '-');

    if (strncmp(to, "Inf", 3) == 0)
        to += 3;
    while (is_digit(*to) || *to == '.' || ((*to == '-' || *to == '+') && to[-1] == 'e') || (*to == 'e' && to > from))
        to++;
    *ret = value_hash_text(from, (size_t)(to - from));
    reading->expanded = to;
    return to > from;
}

static bool read_zeros(struct reading *reading, uint64_t *ret)
{
    char *at = reading->expanded + strlen("zeroblob(");
    uint64_t count = 0;

    for (; is_digit(*at); at++)
        count = count * 10 + (uint64_t)(*at - '0');
    *ret = hash_mix(count, 0);
    reading->expanded = at + 1;
    return *at == ')';
}

static bool read_value(struct reading *reading, uint64_t *ret)
{
    const char *at = reading->expanded;

    if (strncmp(at, "NULL", 4) == 0) {
        *ret = VALUE_NULL;
        reading->expanded += 4;
        return true;
    }
    if (at[0] == '\'')
        return read_text(reading, ret);
    if (at[0] == 'x' && at[1] == '\'')
        return read_blob(reading, ret);
    return strncmp(at, "zeroblob(", 9) == 0 ? read_zeros(reading, ret) : read_number(reading, ret);
}

/* False: the texts do not agree. */
static bool read_all(struct reading *reading)
{
    while (*reading->sql) {
        bool is_parameter;
        size_t length = token_length(reading->sql, &is_parameter);
        uint64_t value;
        if (is_parameter) {
            unsigned number = parameter_number(reading, reading->sql, length);
            if (number == 0 || !read_value(reading, &value))
                return false;
            values_bind(reading->values, number - 1, value);
        } else {
            if (strncmp(reading->sql, reading->expanded, length) != 0)
                return false;
            reading->expanded += length;
        }
        reading->sql += length;
    }
    return true;
}

/* No execution has the same ones. */
static void make_unknown(struct values *ret)
{
    static _Atomic uint64_t count;

    *ret = (struct values){.all = hash_mix(atomic_fetch_add_explicit(&count, 1, memory_order_relaxed), value_salt)};
}

void expanded_read(const struct sqlite_api *api, sqlite3_stmt *handle, struct values *ret)
{
    struct reading reading = {.values = ret};
    char *expanded;

    if (api->bind_parameter_count(handle) == 0)
        return;
    *ret = (struct values){0};
    expanded = api->expanded_sql(handle);
    reading.sql = api->sql(handle);
    reading.expanded = expanded;
    if (!expanded || !reading.sql || !read_all(&reading))
        make_unknown(ret);
    if (expanded)
        api->free(expanded);
}
