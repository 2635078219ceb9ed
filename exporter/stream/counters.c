#include "exporter/stream/counters.h"

#include <string.h>

#define TAG(field, wire_type) ((unsigned char)((field) << 3 | (wire_type)))
enum { WIRE_FIXED64 = 1, WIRE_BYTES = 2 };
enum { FIELD_PADDING = 15, FIELD_ID = 16, FIELD_SHARD = 17 };

/* A varint of exactly `width` bytes. */
static unsigned char *put_varint(unsigned char *p, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++, value >>= 7)
        *p++ = (unsigned char)((value & 0x7f) | (i + 1 < width ? 0x80 : 0));
    return p;
}

static unsigned char *put_padding(unsigned char *p, unsigned length)
{
    *p++ = TAG(FIELD_PADDING, WIRE_BYTES);
    *p++ = (unsigned char)length;
    memset(p, 0, length);
    return p + length;
}

static unsigned char *put_number(unsigned char *p, unsigned field, uint32_t value)
{
    p = put_varint(p, (uint64_t)field << 3, 2);
    return put_varint(p, value, 5);
}

static unsigned tag_bytes(unsigned field)
{
    return field < 16 ? 1 : 2;
}

/* The eight bytes between two values: padding, with the tag of the second one behind it. Little endian, as all of it. */
static unsigned char *put_between(unsigned char *p, unsigned field)
{
    const unsigned width = tag_bytes(field), tag = field << 3 | WIRE_FIXED64;
    const uint64_t varint = width == 1 ? tag : (tag & 0x7f) | 0x80 | tag >> 7 << 8;
    const uint64_t word = TAG(FIELD_PADDING, WIRE_BYTES) | (uint64_t)(6 - width) << 8 | varint << (64 - 8 * width);

    memcpy(p, &word, sizeof word);
    return p + sizeof word;
}

void counters_encode(unsigned char *out, enum counters_kind kind, uint32_t id, uint32_t shard)
{
    const size_t size = counters_size(kind);
    const unsigned fields = counters_fields(kind);
    const unsigned tag_width = tag_bytes(kind);
    unsigned char *p = put_varint(out, size - 4, 4);

    p = put_varint(p, (uint64_t)kind << 3 | WIRE_BYTES, tag_width);
    p = put_varint(p, size - 4 - tag_width - 2, 2);
    if (tag_width == 2)
        p = put_padding(p, 5);
    p = put_varint(p, (uint64_t)FIELD_NUMBER(1) << 3 | WIRE_FIXED64, 1);
    for (unsigned place = 1; place <= fields; place++) {
        memcpy(p, &(uint64_t){0}, 8);
        p += 8;
        if (place < fields)
            p = put_between(p, FIELD_NUMBER(place + 1));
    }
    if (kind == COUNTERS_STATUS) {
        p = put_padding(p, 12);
    } else {
        p = put_number(p, FIELD_ID, id);
        p = put_number(p, FIELD_SHARD, shard);
    }
    put_padding(p, 0);
}
