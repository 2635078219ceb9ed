#include "agent/value/value.h"

#include <stdbool.h>

#include "agent/value/civil.h"
#include "agent/value/decimal.h"

uint64_t value_salt = 1;

/* Keeps doubles that are no integers away from the integers that have the same bits. */
#define DOUBLE_SALT UINT64_C(0x082efa98ec4e6c89)

#define UUID_BYTES    16
#define DECODED_BYTES 256 /* of an element in quotes, or of bytes in hexadecimal digits: keys are short */

#define LONG_END 256 /* bytes at the end of a long value that are hashed */

#define WIDTH_FRACTION 20 /* of a number with decimals */
#define WIDTH_DIGITS   10 /* of a text that begins with a digit, as dates and codes do: there are not many */
#define WIDTH_LETTER   4  /* of each byte of another text */
#define WIDTH_MOST     40
#define WIDTH_UUID     60

static uint64_t with_width(uint64_t hash, uint64_t width)
{
    return (hash & ~VALUE_WIDTH_MASK) | width << 1;
}

uint64_t value_hash_double(double v)
{
    uint64_t bits;

    if (v >= -0x1p63 && v < 0x1p63 && (double)(int64_t)v == v)
        return value_hash_int((int64_t)v);
    if (v != v)
        v = __builtin_nan("");
    v = decimal_of_single(v);
    memcpy(&bits, &v, sizeof bits);
    return with_width(hash_mix(bits, value_salt ^ DOUBLE_SALT), WIDTH_FRACTION);
}

/* Values are hashed for this process alone, so unlike hash_bytes this may change. Each byte is in a factor of a multiplication;
 * the last one spreads what differs in few bits. Ends overlap where a length is no multiple of a word. */
static inline uint64_t hash_ends(uint64_t first, uint64_t last, uint64_t hash, size_t length)
{
    return hash_fold(hash_fold(first ^ hash, last ^ (HASH_K2 + length)), HASH_K1);
}

/* More than 16 bytes: paths and names are so long. */
static inline uint64_t hash_many(const unsigned char *p, size_t length)
{
    const unsigned char *last = p + length - 16;
    uint64_t hash = value_salt;

    do {
        hash = hash_fold(hash_load64(p) ^ hash, hash_load64(p + 8) ^ HASH_K2);
        p += 16;
    } while (p < last);
    return hash_ends(hash_load64(last), hash_load64(last + 8), hash, length);
}

static inline uint64_t hash_few(const unsigned char *p, size_t length)
{
    uint64_t first, last = 0;

    if (length >= 8) {
        first = hash_load64(p);
        last = hash_load64(p + length - 8);
    } else if (length >= 4) {
        first = hash_load32(p) | (uint64_t)hash_load32(p + length - 4) << 32;
    } else {
        first = length > 0 ? p[0] | (uint64_t)p[length / 2] << 8 | (uint64_t)p[length - 1] << 16 : 0;
    }
    return hash_ends(first, last, value_salt, length);
}

static inline uint64_t hash_data(const unsigned char *p, size_t length)
{
    return length > 16 ? hash_many(p, length) : hash_few(p, length);
}

/* One that does not begin with a digit. */
static inline uint64_t hash_letters(const void *data, size_t length)
{
    uint64_t width;

    if (length > UUID_BYTES)
        return with_width(hash_many(data, length), WIDTH_MOST);
    width = length > WIDTH_MOST / WIDTH_LETTER ? WIDTH_MOST : length > 0 ? length * WIDTH_LETTER : 1;
    return with_width(hash_few(data, length), unlikely(length == UUID_BYTES) ? WIDTH_UUID : width);
}

static uint64_t hash_plain(const void *data, size_t length)
{
    if (length > 0 && length != UUID_BYTES && (unsigned)*(const unsigned char *)data - '0' <= 9)
        return with_width(hash_data(data, length), WIDTH_DIGITS);
    return hash_letters(data, length);
}

/* As the libraries print an int64_t: no leading zero, no plus, no minus zero. */
static bool parse_canonical(const char *text, size_t length, int64_t *ret)
{
    const char *p = text;
    const char *end = text + length;
    bool negative = false;
    uint64_t v = 0;

    if (length == 0 || length > 20)
        return false;
    if (*p == '-') {
        negative = true;
        p++;
    }
    if (p == end || end - p > 19 || (*p == '0' && (negative || end - p > 1)))
        return false;
    for (; p < end; p++) {
        unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit > 9)
            return false;
        v = v * 10 + digit; /* 19 digits always fit into 64 bits */
    }
    if (v > (uint64_t)INT64_MAX + negative)
        return false;
    *ret = (int64_t)(negative ? 0 - v : v);
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* 32 digits, or 36 characters with the hyphens where RFC 4122 has them. */
static bool parse_uuid(const char *text, size_t length, unsigned char ret[UUID_BYTES])
{
    const char *p = text;

    if (length != 32 && length != 36)
        return false;
    for (int i = 0; i < UUID_BYTES; i++) {
        if (length == 36 && (i == 4 || i == 6 || i == 8 || i == 10) && *p++ != '-')
            return false;
        int high = hex_digit(p[0]);
        int low = hex_digit(p[1]);
        if (high < 0 || low < 0)
            return false;
        ret[i] = (unsigned char)(high << 4 | low);
        p += 2;
    }
    return true;
}

/* Four to eight digits without a leading zero, all at once: the bytes of a word are right-aligned digits, first the ones, then
 * the pairs, then the fours of them are put together. */
static inline bool parse_short(const char *text, size_t length, int64_t *ret)
{
    const unsigned char *p = (const unsigned char *)text;
    uint64_t digits;

    if (length - 4 > 4 || *p == '0')
        return false;
    digits = (uint64_t)(hash_load32(p + length - 4) ^ 0x30303030U) << 32;
    digits |= (uint32_t)((uint64_t)(hash_load32(p) ^ 0x30303030U) << (64 - 8 * length));
    if (((digits + UINT64_C(0x7676767676767676)) | digits) & UINT64_C(0x8080808080808080))
        return false;
    digits = (digits * 10 + (digits >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    digits = (digits * 100 + (digits >> 16)) & UINT64_C(0x0000ffff0000ffff);
    *ret = (int64_t)(uint32_t)(digits * 10000 + (digits >> 32));
    return true;
}

/* Up to three digits. */
static inline bool parse_tiny(const char *text, size_t length, int64_t *ret)
{
    unsigned v, digit;

    if (length - 1 > 2 || (v = (unsigned)(unsigned char)*text - '0') > 9 || (v == 0 && length > 1))
        return false;
    for (size_t i = 1; i < length; i++) {
        digit = (unsigned)(unsigned char)text[i] - '0';
        if (digit > 9)
            return false;
        v = v * 10 + digit;
    }
    *ret = (int64_t)v;
    return true;
}

uint64_t value_hash_moment(int64_t microseconds)
{
    if (microseconds % CIVIL_DAY == 0)
        return value_hash_int(microseconds / CIVIL_DAY);
    return with_width(value_hash_int(microseconds), WIDTH_DIGITS);
}

uint64_t value_hash_list(const void *data, size_t length)
{
    return with_width(hash_bytes(data, length, value_salt), VALUE_WIDTH_LIST);
}

/* The end of a string in double quotes that begins at p: behind its closing quote; NULL when it has none. */
static const char *skip_quoted(const char *p, const char *end)
{
    for (p++; p < end && *p != '"'; p++)
        p += *p == '\\';
    return p < end ? p + 1 : NULL;
}

/* {1,2} as PostgreSQL writes arrays, [1,2], [[1,2],[3,4]] and [{"k":1},{"k":2}] as JSON does; not what has other things inside.
 */
static bool is_array(const char *text, size_t length)
{
    const char *behind;

    if (length < 3)
        return false;
    if (*text == '[')
        return text[length - 1] == ']';
    if (*text != '{' || text[length - 1] != '}' || text[1] == '{')
        return false;
    if (text[1] != '"')
        return !memchr(text, ':', length);
    behind = skip_quoted(text + 1, text + length);
    return behind && (*behind == ',' || *behind == '}');
}

static NOINLINE uint64_t hash_quoted(const char *p, const char *end)
{
    char decoded[DECODED_BYTES];
    size_t length = 0;

    for (; p < end && length < sizeof decoded; p++) {
        p += *p == '\\' && p + 1 < end;
        decoded[length++] = *p;
    }
    return value_hash_text(decoded, length);
}

/* Its elements are objects, or arrays of which each is a row. */
static bool has_more_inside(const char *text)
{
    return *text == '[' && (text[1] == '{' || text[1] == '[');
}

/* An array of one element is that element. */
static uint64_t hash_array(const char *text, size_t length)
{
    const char *end = text + length - 1;

    if (has_more_inside(text))
        return memmem(text, length, text[1] == '{' ? "}," : "],", 2) ? value_hash_list(text, length) : hash_plain(text, length);
    if (text[1] == '"' && skip_quoted(text + 1, end) == end)
        return memchr(text, '\\', length) ? hash_quoted(text + 2, end - 1) : value_hash_text(text + 2, length - 4);
    return memchr(text, ',', length) ? value_hash_list(text, length) : value_hash_text(text + 1, length - 2);
}

/* \x6162, as PostgreSQL writes bytes. */
static NOINLINE bool hash_hex(const char *text, size_t length, uint64_t *ret)
{
    unsigned char bytes[DECODED_BYTES];
    size_t count = length / 2 - 1;

    if (length % 2 != 0 || count > sizeof bytes)
        return false;
    for (size_t i = 0; i < count; i++) {
        int high = hex_digit(text[2 * i + 2]), low = hex_digit(text[2 * i + 3]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    *ret = value_hash_blob(bytes, count);
    return true;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    for (size_t i = 0; i < length; i++) {
        if ((text[i] | 0x20) != word[i])
            return false;
    }
    return word[length] == 0;
}

/* Whatever begins with a digit or a minus. */
static uint64_t hash_digits(const char *text, size_t length)
{
    unsigned char uuid[UUID_BYTES];
    int64_t number;
    bool is_decimal;
    size_t plain;
    double v;

    if (parse_canonical(text, length, &number))
        return value_hash_int(number);
    is_decimal = decimal_parse(text, length, &v, &plain);
    if (plain && parse_canonical(text, plain, &number))
        return value_hash_int(number);
    if (is_decimal)
        return value_hash_double(v);
    if (civil_parse(text, length, &number))
        return value_hash_moment(number);
    if (civil_parse_time(text, length, &number))
        return value_hash_int(number);
    if (parse_uuid(text, length, uuid))
        return hash_plain(uuid, sizeof uuid);
    if (memchr(text, ',', length)) /* as string_to_array takes them */
        return value_hash_list(text, length);
    return hash_plain(text, plain ? plain : length);
}

static NOINLINE uint64_t hash_any_text(const char *text, size_t length)
{
    unsigned char uuid[UUID_BYTES];
    uint64_t hash;
    int64_t number;

    if (length > 0 && *text == '-' && parse_short(text + 1, length - 1, &number))
        return value_hash_int(-number);
    while (length > 0 && text[length - 1] == ' ') /* of a char(n) */
        length--;
    if (length == 0)
        return hash_plain(text, 0);
    if ((*text >= '0' && *text <= '9') || *text == '-')
        return hash_digits(text, length);
    if (is_array(text, length))
        return hash_array(text, length);
    if (*text == '\\' && length >= 2 && text[1] == 'x' && hash_hex(text, length, &hash))
        return hash;
    if ((length == 1 && *text == 't') || (length == 4 && is_word(text, length, "true")))
        return value_hash_int(1);
    if ((length == 1 && *text == 'f') || (length == 5 && is_word(text, length, "false")))
        return value_hash_int(0);
    if (parse_uuid(text, length, uuid))
        return hash_plain(uuid, sizeof uuid);
    return hash_plain(text, length);
}

/* By its first byte a text may be more than a text: an array or bytes, a negative number; a truth value, where it is no longer
 * than "false"; a UUID. */
enum first { MORE = 1, WORD = 2, HEXADECIMAL = 4 };

static const uint8_t first_says[256] = {
    ['-'] = MORE,
    ['['] = MORE,
    ['{'] = MORE,
    ['\\'] = MORE,
    ['t'] = WORD,
    ['T'] = WORD,
    ['a' ... 'e'] = HEXADECIMAL,
    ['A' ... 'E'] = HEXADECIMAL,
    ['f'] = WORD | HEXADECIMAL,
    ['F'] = WORD | HEXADECIMAL,
};

/* Of a text whose first byte says something. */
static inline bool is_more(unsigned says, size_t length)
{
    return (says & MORE) || (length <= 5 && (says & WORD)) || (length & ~(size_t)4) == 2 * UUID_BYTES;
}

HOT uint64_t value_hash_text(const char *text, size_t length)
{
    int64_t number;
    size_t first;
    unsigned says;

    if (unlikely(length == 0))
        return hash_any_text(text, length);
    first = (unsigned char)*text;
    if (first - '0' <= 9)
        return parse_short(text, length, &number) || parse_tiny(text, length, &number) ? value_hash_int(number)
                                                                                       : hash_any_text(text, length);
    says = first_says[first];
    if (unlikely(text[length - 1] == ' ') || (says && unlikely(is_more(says, length))))
        return hash_any_text(text, length);
    return hash_letters(text, length);
}

uint64_t value_hash_blob(const void *data, size_t length)
{
    /* A blob of 16 digits is taken for a UUID all the same: the header says so, and binary keys are what 16 bytes are for. */
    if (length == UUID_BYTES)
        return hash_plain(data, length);
    return value_hash_text(data, length);
}

/* The text goes on beyond its first VALUE_LONG bytes. */
static bool is_long_list(const char *text, size_t length)
{
    const char *end = text + VALUE_LONG, *behind;
    char last = text[length - 1];

    if (*text == '[' && last == ']' && has_more_inside(text))
        return memmem(text, VALUE_LONG, text[1] == '{' ? "}," : "],", 2) != NULL;
    if (*text == '[' && last == ']')
        return memchr(text, ',', VALUE_LONG) != NULL;
    if (*text == '{' && last == '}' && text[1] == '"')
        return (behind = skip_quoted(text + 1, end)) && behind < end && *behind == ',';
    if (*text == '{' && last == '}')
        return text[1] != '{' && !memchr(text, ':', VALUE_LONG) && memchr(text, ',', VALUE_LONG);
    return *text >= '0' && *text <= '9' && memchr(text, ',', VALUE_LONG);
}

uint64_t value_hash_long(const void *data, size_t length)
{
    const char *text = data;
    uint64_t ends = hash_mix(hash_bytes(text, VALUE_LONG, value_salt),
                             hash_bytes(text + length - LONG_END, LONG_END, value_salt));

    return with_width(hash_mix(ends, length), is_long_list(text, length) ? VALUE_WIDTH_LIST : WIDTH_MOST);
}
