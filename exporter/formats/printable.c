#include "exporter/formats/printable.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include <utf8proc.h>

#include "exporter/base/plain.h"
#include "exporter/base/utf8.h"

/* Control characters, and what changes the order of the text or cannot be seen. */
static bool is_hidden(uint32_t c)
{
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return true;
    default:
        return c >= 0xe0000 && c <= 0xe0fff; /* tags and selectors */
    }
}

static size_t columns_of(uint32_t c)
{
    int width = c < 0x7f ? 1 : utf8proc_charwidth((utf8proc_int32_t)c);
    return width > 0 ? (size_t)width : 0;
}

/* One character: how many bytes it takes, what to write, and in how many columns. */
static size_t next(const char *text, size_t left, char out[16], size_t *ret_length, size_t *ret_columns)
{
    uint32_t c = (unsigned char)text[0];
    size_t size = utf8_read(text, left, &c);
    if (size && (c == '\n' || c == '\t' || c == '\r')) {
        out[0] = ' ';
        *ret_length = 1;
    } else if (!size || c < 0x20 || c == 0x7f) {
        *ret_length = (size_t)snprintf(out, 16, "\\x%02x", c);
    } else if (c >= 0x7f && is_hidden(c)) {
        *ret_length = (size_t)snprintf(out, 16, "\\u{%x}", c);
    } else {
        memcpy(out, text, size);
        *ret_length = size;
        *ret_columns = columns_of(c);
        return size;
    }
    *ret_columns = *ret_length;
    return size ? size : 1;
}

/* Columns of the text, or any number beyond `enough` once it is known to take more. */
static size_t width_up_to(const char *text, size_t length, size_t enough)
{
    size_t columns = 0;
    for (size_t i = 0; i < length && columns <= enough;) {
        char bytes[16];
        size_t n;
        size_t width;
        size_t plain = plain_length(text + i, length - i);
        i += plain;
        columns += plain;
        if (i == length)
            break;
        i += next(text + i, length - i, bytes, &n, &width);
        columns += width;
    }
    return columns;
}

size_t printable_width(const char *text)
{
    return width_up_to(text, strlen(text), SIZE_MAX);
}

const char *printable_pass(const char *text, size_t *columns)
{
    char bytes[16];
    size_t n;
    size_t width;
    const char *behind = text + next(text, strnlen(text, 4), bytes, &n, &width);
    *columns -= width;
    return behind;
}

size_t printable_write(FILE *out, const char *text, size_t width)
{
    size_t length = strlen(text);
    bool cut = width > 0 && width_up_to(text, length, width) > width;
    size_t limit = !cut ? SIZE_MAX : width > 3 ? width - 3 : width;
    size_t columns = 0;
    for (size_t i = 0; i < length;) {
        char bytes[16];
        size_t n;
        size_t wide;
        size_t left = limit - columns;
        size_t plain = plain_length(text + i, left < length - i ? left : length - i);
        fwrite_unlocked(text + i, 1, plain, out);
        i += plain;
        columns += plain;
        if (i == length)
            break;
        i += next(text + i, length - i, bytes, &n, &wide);
        if (columns + wide > limit)
            break;
        fwrite_unlocked(bytes, 1, n, out);
        columns += wide;
    }
    if (cut && width > 3)
        columns += fwrite_unlocked("...", 1, 3, out);
    return columns;
}

const char *printable_number(uint64_t number, char out[PRINTABLE_NUMBER])
{
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, number);
    char *at = out;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *at++ = ',';
        *at++ = digits[i];
    }
    *at = '\0';
    return out;
}

static const char *scaled(double value, const char *unit, char out[PRINTABLE_NUMBER])
{
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(out, PRINTABLE_NUMBER, "%.*f %s", decimals, value, unit);
    return out;
}

const char *printable_time(uint64_t ns, char out[PRINTABLE_NUMBER])
{
    if (ns < 1000) {
        snprintf(out, PRINTABLE_NUMBER, "%u ns", (unsigned)ns);
        return out;
    }
    if (ns < 999500) /* what is more is rounded up to a whole one */
        return scaled((double)ns / 1e3, "us", out);
    if (ns < 999500000)
        return scaled((double)ns / 1e6, "ms", out);
    uint64_t seconds = ns / 1000000000;
    if (seconds < 120)
        return scaled((double)ns / 1e9, "s", out);
    if (seconds < 7200)
        snprintf(out, PRINTABLE_NUMBER, "%u min %u s", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
    else
        snprintf(out, PRINTABLE_NUMBER, "%" PRIu64 " h %u min", seconds / 3600, (unsigned)(seconds % 3600 / 60));
    return out;
}

const char *printable_bytes(uint64_t bytes, char out[PRINTABLE_NUMBER])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes / 1024;
    size_t unit = 0;
    if (bytes < 1024) {
        snprintf(out, PRINTABLE_NUMBER, "%u B", (unsigned)bytes);
        return out;
    }
    for (; value >= 1024 && unit < 3; unit++)
        value /= 1024;
    return scaled(value, units[unit], out);
}
