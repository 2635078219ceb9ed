#include "collectors/postgresql/statement/datum.h"

#include "agent/value/civil.h"
#include "agent/base/strbuf.h"

/* Oids that never change (pg_type.dat). */
enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_NAME = 19,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_OID = 26,
    TYPE_XID = 28,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
    TYPE_BPCHAR = 1042,
    TYPE_VARCHAR = 1043,
    TYPE_DATE = 1082,
    TYPE_TIME = 1083,
    TYPE_TIMESTAMP = 1114,
    TYPE_TIMESTAMPTZ = 1184,
    TYPE_NUMERIC = 1700,
    TYPE_UUID = 2950,
};

#define ARRAY_HEADER     20    /* bytes of an array of one dimension before its elements */
#define SCANNED_MAX      65536 /* bytes of an array's text that are looked at */
#define NUMERIC_NEGATIVE 0x4000
#define NUMERIC_DIGITS   64 /* characters of a number that are written out */

static uint64_t big_endian(const char *data, size_t length)
{
    uint64_t v = 0;

    for (size_t i = 0; i < length; i++)
        v = v << 8 | (unsigned char)data[i];
    return v;
}

static int64_t read_int(const char *data, size_t length)
{
    uint32_t word;

    if (likely(length == sizeof word)) {
        memcpy(&word, data, sizeof word);
        return (int32_t)__builtin_bswap32(word);
    }
    return length == 2 ? (int16_t)big_endian(data, length) : (int64_t)big_endian(data, length);
}

static uint64_t hash_long(const char *data, size_t length, bool blob)
{
    if (length > PQ_DATUM_MAX)
        return value_hash_long(data, length);
    return blob ? value_hash_blob(data, length) : value_hash_text(data, length);
}

/* As numeric_out writes it: four decimal digits per base-10000 digit, `scale` of them behind the point. */
static uint64_t hash_numeric(const char *data, size_t length)
{
    char text[NUMERIC_DIGITS];
    struct strbuf out;
    int count, weight, sign, scale;

    if (length < 8)
        return hash_long(data, length, true);
    count = (int)big_endian(data, 2);
    weight = (int)read_int(data + 2, 2);
    sign = (int)big_endian(data + 4, 2);
    scale = (int)big_endian(data + 6, 2);
    if ((sign != 0 && sign != NUMERIC_NEGATIVE) || length != 8 + 2 * (size_t)count || weight > 8 || scale > 20)
        return hash_long(data, length, true);
    strbuf_init(&out, text, sizeof text);
    if (sign && count > 0)
        strbuf_add(&out, "-");
    if (weight < 0)
        strbuf_add(&out, "0");
    for (int i = 0; i <= weight; i++) {
        unsigned digit = i < count ? (unsigned)big_endian(data + 8 + 2 * i, 2) : 0;
        char four[4] = {(char)('0' + digit / 1000 % 10), (char)('0' + digit / 100 % 10), (char)('0' + digit / 10 % 10),
                        (char)('0' + digit % 10)};
        if (i == 0)
            strbuf_add_number(&out, digit);
        else
            strbuf_add_bytes(&out, four, sizeof four);
    }
    if (scale > 0)
        strbuf_add(&out, ".");
    for (int i = 0; i < scale; i++) {
        static const unsigned powers[] = {1000, 100, 10, 1};
        int place = weight + 1 + i / 4;
        unsigned digit = place >= 0 && place < count ? (unsigned)big_endian(data + 8 + 2 * place, 2) : 0;
        char c = (char)('0' + digit / powers[i % 4] % 10);
        strbuf_add_bytes(&out, &c, 1);
    }
    return value_hash_text(text, out.length);
}

static uint64_t hash_float(const char *data, size_t length)
{
    uint64_t bits = big_endian(data, length);
    uint32_t half = (uint32_t)bits;
    double v;
    float f;

    if (length == 4) {
        memcpy(&f, &half, sizeof f);
        return value_hash_double((double)f);
    }
    memcpy(&v, &bits, sizeof v);
    return value_hash_double(v);
}

static bool is_printable(const char *data, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (data[i] < ' ' || data[i] > '~')
            return false;
    }
    return true;
}

/* array_send: dimensions, a flag, the elements' type, then size and lower bound of each dimension, then the elements, each behind
 * its length. */
static uint32_t binary_elements(const char *data, size_t length)
{
    uint64_t dimensions = length >= ARRAY_HEADER ? big_endian(data, 4) : 0;
    uint64_t size = length >= ARRAY_HEADER ? big_endian(data + 12, 4) : 0;

    if (dimensions < 1 || dimensions > 6 || big_endian(data + 4, 4) > 1 || size > length / 4)
        return 0;
    return (uint32_t)size;
}

/* What has a type that is not known here: bytes, or an array, of which one of one element is that element. */
static uint64_t hash_other(const char *data, size_t length)
{
    uint32_t elements = binary_elements(data, length);

    if (elements > 1)
        return value_hash_list(data, length < PQ_DATUM_MAX ? length : PQ_DATUM_MAX);
    if (elements == 1 && length >= ARRAY_HEADER + 4 && length <= PQ_DATUM_MAX &&
        big_endian(data + ARRAY_HEADER, 4) == length - ARRAY_HEADER - 4)
        return pq_datum_hash((unsigned)big_endian(data + 8, 4), true, data + ARRAY_HEADER + 4, length - ARRAY_HEADER - 4);
    return hash_long(data, length, true);
}

/* A binary value whose type the server infers: integers have bytes that no text has, but for those above half a billion. */
static uint64_t hash_untyped(const char *data, size_t length)
{
    if ((length == 2 || length == 4 || length == 8) && !is_printable(data, length))
        return value_hash_int(read_int(data, length));
    if (length == 1 && (data[0] == 0 || data[0] == 1))
        return value_hash_int(data[0]);
    return hash_other(data, length);
}

uint64_t pq_datum_hash(unsigned type, bool binary, const char *data, size_t length)
{
    if (!data)
        return VALUE_NULL;
    if (!binary)
        return hash_long(data, length, false);
    switch (type) {
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8:
        return length == 2 || length == 4 || length == 8 ? value_hash_int(read_int(data, length)) : hash_long(data, length, true);
    case TYPE_OID:
    case TYPE_XID:
        return value_hash_int((int64_t)big_endian(data, length < 8 ? length : 8));
    case TYPE_BOOL:
        return value_hash_int(length > 0 && data[0]);
    case TYPE_DATE:
    case TYPE_TIME:
        return length == 4 || length == 8 ? value_hash_int(read_int(data, length)) : hash_long(data, length, true);
    case TYPE_TIMESTAMP:
    case TYPE_TIMESTAMPTZ:
        return length == 8 ? value_hash_moment(read_int(data, length)) : hash_long(data, length, true);
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        return length == 4 || length == 8 ? hash_float(data, length) : hash_long(data, length, true);
    case TYPE_NUMERIC:
        return hash_numeric(data, length);
    case TYPE_TEXT:
    case TYPE_VARCHAR:
    case TYPE_BPCHAR:
    case TYPE_NAME:
        return hash_long(data, length, false);
    case 0:
        return hash_untyped(data, length);
    case TYPE_BYTEA:
    case TYPE_UUID:
        return hash_long(data, length, true);
    default:
        return hash_other(data, length);
    }
}

/* {1,2,"a,b",{..}}: commas at the outermost level (www.postgresql.org/docs/current/arrays.html#ARRAYS-IO). */
static uint32_t text_elements(const char *data, size_t length)
{
    uint32_t count = 1;
    bool quoted = false;
    int depth = 0;

    if (length < 3 || data[0] != '{' || data[length - 1] != '}')
        return 0;
    if (length > SCANNED_MAX)
        length = SCANNED_MAX;
    for (size_t i = 1; i < length - 1; i++) {
        if (data[i] == '\\')
            i++;
        else if (data[i] == '"')
            quoted = !quoted;
        else if (!quoted && data[i] == '{')
            depth++;
        else if (!quoted && data[i] == '}')
            depth--;
        else if (!quoted && depth == 0 && data[i] == ',')
            count++;
    }
    return count;
}

uint32_t pq_datum_elements(unsigned type, bool binary, const char *data, size_t length)
{
    if (!data || (type > 0 && type <= TYPE_TEXT))
        return 0;
    return binary ? binary_elements(data, length) : text_elements(data, length);
}
