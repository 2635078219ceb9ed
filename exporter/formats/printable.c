#include "exporter/formats/printable.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "exporter/base/clean_text.h"

static uint32_t decode(const char *text, size_t size)
{
    const unsigned char *p = (const unsigned char *)text;
    switch (size) {
    case 1:
        return p[0];
    case 2:
        return (uint32_t)(p[0] & 0x1f) << 6 | (p[1] & 0x3f);
    case 3:
        return (uint32_t)(p[0] & 0x0f) << 12 | (uint32_t)(p[1] & 0x3f) << 6 | (p[2] & 0x3f);
    default:
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3f) << 12 | (uint32_t)(p[2] & 0x3f) << 6 | (p[3] & 0x3f);
    }
}

/* C0, DEL, C1, and what changes the order of the text or cannot be seen. */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff);
}

/* East Asian characters take two columns, combining ones none; close enough without a locale. */
static size_t columns_of(uint32_t c)
{
    if (c >= 0x300 && c <= 0x36f)
        return 0;
    bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
                (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
}

/* One character: how many bytes it takes, what to write, and in how many columns. */
static size_t next(const char *text, size_t left, char out[16], size_t *ret_length, size_t *ret_columns)
{
    size_t size = text_character(text, left);
    uint32_t c = size ? decode(text, size) : (unsigned char)text[0];
    if (size && (c == '\n' || c == '\t' || c == '\r')) {
        out[0] = ' ';
        *ret_length = 1;
    } else if (!size || c < 0x20 || c == 0x7f) {
        *ret_length = (size_t)snprintf(out, 16, "\\x%02x", c);
    } else if (is_hidden(c)) {
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

size_t printable_width(const char *text)
{
    size_t length = strlen(text);
    size_t columns = 0;
    for (size_t i = 0; i < length;) {
        char bytes[16];
        size_t n;
        size_t width;
        i += next(text + i, length - i, bytes, &n, &width);
        columns += width;
    }
    return columns;
}

size_t printable_write(FILE *out, const char *text, size_t width)
{
    size_t length = strlen(text);
    bool cut = width > 0 && printable_width(text) > width;
    size_t limit = !cut ? SIZE_MAX : width > 3 ? width - 3 : width;
    size_t columns = 0;
    for (size_t i = 0; i < length;) {
        char bytes[16];
        size_t n;
        size_t wide;
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
    if (ns < 1000000)
        return scaled((double)ns / 1e3, "us", out);
    if (ns < 1000000000)
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
