#include "exporter/formats/json/writer.h"

#include <inttypes.h>
#include <string.h>

#include "exporter/base/plain.h"
#include "exporter/base/utf8.h"

static void put(struct json_writer *json, const char *text, size_t length)
{
    fwrite_unlocked(text, 1, length, json->out);
}

/* What turns the order of a text around where it is shown, or ends its line there; three bytes each. The digits to write for it,
 * 0: none. */
static unsigned turning(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text;
    if (size != 3 || p[0] != 0xe2 || (p[1] != 0x80 && p[1] != 0x81))
        return 0;
    unsigned c = 0x2000u | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
    return c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ? c : 0;
}

static void put_string(struct json_writer *json, const char *text)
{
    size_t length = strlen(text);
    size_t plain = 0; /* start of what is written as it is */
    putc_unlocked('"', json->out);
    for (size_t i = 0; (i += plain_without(text + i, length - i, '"', '\\')) < length;) {
        unsigned char c = (unsigned char)text[i];
        size_t size = c < 0x7f ? 1 : utf8_read(text + i, length - i, NULL);
        unsigned turns = turning(text + i, size);
        bool c1 = size == 2 && c == 0xc2 && (unsigned char)text[i + 1] < 0xa0; /* control characters of 8-bit terminals */
        if (size > 0 && !c1 && !turns && c >= 0x20 && c != 0x7f && c != '"' && c != '\\') {
            i += size;
            continue;
        }
        put(json, text + plain, i - plain);
        if (size == 0)
            fputs("\\ufffd", json->out);
        else if (c == '"' || c == '\\')
            put(json, (char[]){'\\', (char)c}, 2);
        else if (c == '\n')
            put(json, "\\n", 2);
        else if (c == '\t')
            put(json, "\\t", 2);
        else
            fprintf(json->out, "\\u%04x", turns ? turns : c1 ? (unsigned char)text[i + 1] : c);
        i += turns ? 3 : c1 ? 2 : 1;
        plain = i;
    }
    put(json, text + plain, length - plain);
    putc_unlocked('"', json->out);
}

static void put_indent(struct json_writer *json)
{
    static const char blanks[] = "\n                    ";
    size_t length = 1 + 2 * (size_t)json->depth;
    put(json, blanks, length < sizeof blanks ? length : sizeof blanks - 1);
}

static void start(struct json_writer *json, const char *name)
{
    bool flat = json->flat && json->depth >= json->flat;
    if (json->has_items)
        put(json, ", ", flat ? 2 : 1);
    if (json->depth > 0 && !flat)
        put_indent(json);
    json->has_items = true;
    if (name) {
        put_string(json, name);
        put(json, ": ", 2);
    }
}

static void open_level(struct json_writer *json, const char *name, char bracket, bool flat)
{
    start(json, name);
    putc_unlocked(bracket, json->out);
    json->depth++;
    json->has_items = false;
    if (flat && !json->flat)
        json->flat = json->depth;
}

static void close_level(struct json_writer *json, char bracket)
{
    bool flat = json->flat && json->depth >= json->flat;
    if (json->flat == json->depth)
        json->flat = 0;
    json->depth--;
    if (json->has_items && !flat)
        put_indent(json);
    putc_unlocked(bracket, json->out);
    json->has_items = true;
}

void json_begin(struct json_writer *json, FILE *out)
{
    *json = (struct json_writer){.out = out};
}

void json_end(struct json_writer *json)
{
    putc_unlocked('\n', json->out);
}

void json_object_begin(struct json_writer *json, const char *name)
{
    open_level(json, name, '{', false);
}

void json_flat_object(struct json_writer *json, const char *name)
{
    open_level(json, name, '{', true);
}

void json_object_end(struct json_writer *json)
{
    close_level(json, '}');
}

void json_array_begin(struct json_writer *json, const char *name)
{
    open_level(json, name, '[', false);
}

void json_flat_array(struct json_writer *json, const char *name)
{
    open_level(json, name, '[', true);
}

void json_array_end(struct json_writer *json)
{
    close_level(json, ']');
}

void json_text(struct json_writer *json, const char *name, const char *text)
{
    start(json, name);
    if (text)
        put_string(json, text);
    else
        put(json, "null", 4);
}

void json_raw(struct json_writer *json, const char *text, size_t length)
{
    start(json, NULL);
    put(json, text, length);
}

void json_number(struct json_writer *json, const char *name, uint64_t number)
{
    char digits[24];
    char *at = digits + sizeof digits;
    start(json, name);
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    put(json, at, (size_t)(digits + sizeof digits - at));
}

void json_number_or_null(struct json_writer *json, const char *name, uint64_t number)
{
    if (number)
        json_number(json, name, number);
    else
        json_none(json, name);
}

void json_hex(struct json_writer *json, const char *name, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%016" PRIx64, number);
    json_text(json, name, digits);
}

void json_decimal(struct json_writer *json, const char *name, double number)
{
    if (!(number > -1e15 && number < 1e15)) {
        json_none(json, name);
        return;
    }
    start(json, name);
    fprintf(json->out, "%.3f", number);
}

void json_bool(struct json_writer *json, const char *name, bool value)
{
    start(json, name);
    fputs(value ? "true" : "false", json->out);
}

void json_none(struct json_writer *json, const char *name)
{
    json_text(json, name, NULL);
}
