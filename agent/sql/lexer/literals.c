#include "agent/sql/lexer/literals.h"

#include <string.h>

#include "agent/value/decimal.h"
#include "agent/value/value.h"

struct decoded {
    size_t length;
    char text[LITERAL_DECODED];
};

static void put(struct decoded *d, unsigned c)
{
    if (d->length < sizeof d->text)
        d->text[d->length++] = (char)c;
}

static void put_utf8(struct decoded *d, uint32_t c)
{
    if (c < 0x80) {
        put(d, c);
    } else if (c < 0x800) {
        put(d, 0xc0 | c >> 6);
        put(d, 0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        put(d, 0xe0 | c >> 12);
        put(d, 0x80 | (c >> 6 & 0x3f));
        put(d, 0x80 | (c & 0x3f));
    } else {
        put(d, 0xf0 | (c >> 18 & 0x07));
        put(d, 0x80 | (c >> 12 & 0x3f));
        put(d, 0x80 | (c >> 6 & 0x3f));
        put(d, 0x80 | (c & 0x3f));
    }
}

static int digit(unsigned char c, unsigned base)
{
    unsigned v = 99;

    if (c >= '0' && c <= '9')
        v = c - '0';
    else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        v = (c | 0x20) - 'a' + 10;
    return v < base ? (int)v : -1;
}

/* Reads between least and most digits; returns how many there were, 0 when too few. */
static size_t read_digits(const unsigned char *p, const unsigned char *end, unsigned base, size_t least, size_t most,
                          uint32_t *ret)
{
    uint32_t v = 0;
    size_t n = 0;

    while (n < most && p + n < end && digit(p[n], base) >= 0)
        v = v * base + (uint32_t)digit(p[n++], base);
    if (n < least)
        return 0;
    *ret = v;
    return n;
}

/* p is behind the backslash and before end. Returns where to go on. */
static const unsigned char *decode_escape(struct decoded *d, const unsigned char *p, const unsigned char *end)
{
    static const char letters[] = "bfnrt";
    static const char meant[] = "\b\f\n\r\t";
    const char *letter = *p ? strchr(letters, *p) : NULL;
    uint32_t v = 0;
    size_t n;

    if (letter) {
        put(d, (unsigned char)meant[letter - letters]);
        return p + 1;
    }
    if ((n = read_digits(p, end, 8, 1, 3, &v)) != 0) {
        put(d, v & 0xff);
        return p + n;
    }
    if (*p == 'x' && (n = read_digits(p + 1, end, 16, 1, 2, &v)) != 0) {
        put(d, v);
        return p + 1 + n;
    }
    n = *p == 'u' ? 4 : 8;
    if ((*p == 'u' || *p == 'U') && read_digits(p + 1, end, 16, n, n, &v) != 0) {
        put_utf8(d, v);
        return p + 1 + n;
    }
    put(d, *p);
    return p + 1;
}

static const unsigned char *decode_unicode(struct decoded *d, const unsigned char *p, const unsigned char *end)
{
    bool wide = *p == '+';
    size_t n = wide ? 6 : 4;
    uint32_t v = 0;

    if (read_digits(p + wide, end, 16, n, n, &v) != 0) {
        put_utf8(d, v);
        return p + wide + n;
    }
    put(d, *p);
    return p + 1;
}

static uint64_t hash_decoded(enum literal_kind kind, const unsigned char *p, const unsigned char *end)
{
    struct decoded d = {.length = 0};

    while (p < end && d.length < sizeof d.text) {
        unsigned char c = *p++;
        if (c == '\'' && p < end && *p == '\'') {
            p++;
            put(&d, c);
        } else if (c == '\\' && p < end && kind != LITERAL_PLAIN) {
            p = kind == LITERAL_ESCAPE ? decode_escape(&d, p, end) : decode_unicode(&d, p, end);
        } else {
            put(&d, c);
        }
    }
    return value_hash_text(d.text, d.length);
}

static uint64_t hash_hex(const unsigned char *text, size_t length)
{
    struct decoded d = {.length = 0};

    for (size_t i = 0; i + 1 < length && d.length < sizeof d.text; i += 2) {
        int high = digit(text[i], 16);
        int low = digit(text[i + 1], 16);
        if (high < 0 || low < 0)
            break;
        put(&d, (unsigned)(high << 4 | low));
    }
    if (d.length * 2 < length && d.length < sizeof d.text)
        return value_hash_text((const char *)text, length);
    return value_hash_blob(d.text, d.length);
}

uint64_t literal_string(enum literal_kind kind, const unsigned char *text, size_t length)
{
    bool coded = false;

    if (kind == LITERAL_HEX)
        return hash_hex(text, length);
    if (kind != LITERAL_RAW && length > 0)
        coded = memchr(text, '\'', length) || (kind != LITERAL_PLAIN && memchr(text, '\\', length));
    if (coded)
        return hash_decoded(kind, text, text + length);
    return value_hash_text((const char *)text, length);
}

/* 0x.., 0o.., 0b..; SQLite and PostgreSQL read the first alike, the others are PostgreSQL's. */
static bool read_radix(const unsigned char *text, size_t length, uint64_t *ret)
{
    unsigned base = (text[1] | 0x20) == 'x' ? 16 : (text[1] | 0x20) == 'o' ? 8 : 2;
    uint64_t v = 0;

    for (size_t i = 2; i < length; i++) {
        if (text[i] == '_')
            continue;
        int d = digit(text[i], base);
        if (d < 0 || v >> 60)
            return false;
        v = v * base + (unsigned)d;
    }
    *ret = v;
    return true;
}

uint64_t literal_number(const unsigned char *text, size_t length, bool negative)
{
    uint64_t v = 0;
    int exponent = 0;
    bool point = false;
    size_t i = 0;
    double d;

    if (length > 2 && text[0] == '0' && strchr("xob", text[1] | 0x20)) {
        if (read_radix(text, length, &v))
            return value_hash_int((int64_t)(negative ? 0 - v : v));
        goto by_text;
    }
    for (; i < length; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            if (v > (UINT64_MAX - 9) / 10)
                goto by_text;
            v = v * 10 + (text[i] - '0');
            exponent -= point;
        } else if (text[i] == '.' && !point) {
            point = true;
        } else if (text[i] != '_') {
            break;
        }
    }
    if (i == length && !point) {
        if (v <= (uint64_t)INT64_MAX + negative)
            return value_hash_int((int64_t)(negative ? 0 - v : v));
        goto by_text;
    }
    if (i < length && (text[i] | 0x20) == 'e') {
        bool minus = ++i < length && text[i] == '-';
        uint32_t e = 0;
        i += minus || (i < length && text[i] == '+');
        size_t n = read_digits(text + i, text + length, 10, 1, 4, &e);
        i += n;
        if (n == 0)
            goto by_text;
        exponent += minus ? -(int)e : (int)e;
    }
    if (i == length && decimal_double(v, exponent, &d))
        return value_hash_double(negative ? -d : d);

by_text:
    return value_hash_text((const char *)text - negative, length + negative);
}
