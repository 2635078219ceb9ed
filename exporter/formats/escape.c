#include "exporter/formats/escape.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/hex.h"
#include "exporter/base/plain.h"
#include "exporter/formats/printable.h"

char *escape_printable(const char *text, size_t width)
{
    char *copy = NULL;
    size_t length = strlen(text);
    size_t size;
    if ((width == 0 || length <= width) && plain_length(text, length) == length)
        return memcpy(alloc_resize(NULL, length + 1, 1), text, length + 1);
    FILE *out = open_memstream(&copy, &size);
    if (!out)
        alloc_failed();
    printable_write(out, text, width);
    if (fclose(out) != 0)
        alloc_failed();
    return copy;
}

/* What stands for a byte; NULL: the byte itself. */
typedef const char *(*entity_fn)(unsigned char c);

/* Of a text that is printable. */
static void write_entities(FILE *out, const char *text, entity_fn entity)
{
    const char *plain = text; /* start of what stands for itself */
    const char *at = text;
    for (; *at; at++) {
        const char *instead = entity((unsigned char)*at);
        if (!instead)
            continue;
        fwrite_unlocked(plain, 1, (size_t)(at - plain), out);
        fputs_unlocked(instead, out);
        plain = at + 1;
    }
    fwrite_unlocked(plain, 1, (size_t)(at - plain), out);
}

static void write_escaped(FILE *out, const char *text, size_t width, entity_fn entity)
{
    char *copy = escape_printable(text, width);
    write_entities(out, copy, entity);
    free(copy);
}

static const char *xml_entity(unsigned char c)
{
    return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : c == '\'' ? "&#39;" : NULL;
}

/* U+FFFE and U+FFFF are no characters of XML. */
static bool is_no_character(const char *at)
{
    return memcmp(at, "\xef\xbf", 2) == 0 && ((unsigned char)at[2] | 1) == 0xbf;
}

void escape_xml(FILE *out, const char *text)
{
    char *copy = escape_printable(text, 0);
    for (char *at = strstr(copy, "\xef\xbf"); at; at = strstr(at + 2, "\xef\xbf")) {
        if (is_no_character(at))
            memcpy(at, "\xef\xbf\xbd", 3);
    }
    write_entities(out, copy, xml_entity);
    free(copy);
}

/* Their wide forms count, too, where spreadsheets are Japanese. */
static bool is_formula(const char *text)
{
    static const char *const starts[] = {"=", "+", "-", "@", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"};
    text += strspn(text, " \t\r\n'\"");
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        if (strncmp(text, starts[i], strlen(starts[i])) == 0)
            return true;
    }
    return false;
}

static const char *csv_entity(unsigned char c)
{
    return c == '"' ? "\"\"" : NULL;
}

void escape_csv(FILE *out, const char *text)
{
    bool formula = is_formula(text);
    bool quotes = formula || text[strcspn(text, ",\"\r\n\t ;'")] != '\0';
    fputs_unlocked(formula ? "\"'" : quotes ? "\"" : "", out);
    write_escaped(out, text, 0, csv_entity);
    fputs_unlocked(quotes ? "\"" : "", out);
}

/* From github.com/actions/toolkit, packages/core/src/command.ts: what a runner turns back. */
static const char *command_entity(unsigned char c)
{
    return c == '%' ? "%25" : NULL;
}

static const char *property_entity(unsigned char c)
{
    return c == ':' ? "%3A" : c == ',' ? "%2C" : command_entity(c);
}

void escape_command(FILE *out, const char *text, size_t width)
{
    write_escaped(out, text, width, command_entity);
}

void escape_property(FILE *out, const char *text, size_t width)
{
    write_escaped(out, text, width, property_entity);
}

static const char *label_entity(unsigned char c)
{
    return c == '\\' ? "\\\\" : c == '"' ? "\\\"" : NULL;
}

void escape_label(FILE *out, const char *text)
{
    write_escaped(out, text, 0, label_entity);
}

static bool stands_in_path(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("/-._~", c));
}

void escape_uri(FILE *out, const char *path)
{
    for (; *path; path++) {
        char digits[2];
        if (stands_in_path((unsigned char)*path)) {
            putc_unlocked(*path, out);
            continue;
        }
        hex_write_byte((unsigned char)*path, digits);
        fprintf(out, "%%%c%c", digits[0] >= 'a' ? digits[0] - 32 : digits[0], digits[1] >= 'a' ? digits[1] - 32 : digits[1]);
    }
}
