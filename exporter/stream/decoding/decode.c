#include "exporter/stream/decoding/decode.h"

#include <stdbool.h>
#include <string.h>

/* Where reading stands. What is wrong in any way ends it: no field has number 0. */
struct cursor {
    const unsigned char *at, *end;
};

/* Wire types (protobuf.dev/programming-guides/encoding). */
enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2 };

/* The tag of padding: in a record, and in those that are updated in place. */
#define PADDING (15 << 3 | WIRE_BYTES)

static bool read_varint(struct cursor *c, uint64_t *ret)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 35 && c->at < c->end; shift += 7) { /* larger ones are rare */
        unsigned char byte = *c->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *ret = value;
            return true;
        }
    }
    return false;
}

static bool read_bytes(struct cursor *c, ProtobufCBinaryData *ret)
{
    uint64_t length;
    if (!read_varint(c, &length) || length > (size_t)(c->end - c->at))
        return false;
    *ret = (ProtobufCBinaryData){.len = length, .data = (uint8_t *)(uintptr_t)c->at};
    c->at += length;
    return true;
}

/* Texts end with a NUL, which the file does not have. */
static bool read_text(struct scratch *scratch, struct cursor *c, char **ret)
{
    ProtobufCBinaryData bytes;
    if (!read_bytes(c, &bytes))
        return false;
    char *text = scratch->allocator.alloc(scratch, bytes.len + 1);
    if (!text)
        return false;
    memcpy(text, bytes.data, bytes.len);
    text[bytes.len] = '\0';
    *ret = text;
    return true;
}

static bool read_number(struct cursor *c, const ProtobufCFieldDescriptor *field, unsigned wire, void *ret)
{
    uint64_t value;
    if (field->type == PROTOBUF_C_TYPE_FIXED64) {
        if (wire != WIRE_FIXED64 || c->end - c->at < 8)
            return false;
        memcpy(&value, c->at, sizeof value); /* both are little-endian */
        memcpy(ret, &value, sizeof value);
        c->at += 8;
        return true;
    }
    if (wire != WIRE_VARINT || !read_varint(c, &value))
        return false;
    switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_ENUM:
        *(uint32_t *)ret = (uint32_t)value;
        return true;
    case PROTOBUF_C_TYPE_UINT64:
        *(uint64_t *)ret = value;
        return true;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)ret = value != 0;
        return true;
    default:
        return false;
    }
}

/* Fields are sorted by their numbers, which have a gap or none. */
static inline const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *message, uint32_t number)
{
    if (number >= 1 && number <= message->n_fields && message->fields[number - 1].id == number)
        return &message->fields[number - 1];
    for (unsigned i = message->n_fields; i-- > 0 && message->fields[i].id >= number;) {
        if (message->fields[i].id == number)
            return &message->fields[i];
    }
    return NULL;
}

/* One field of numbers, bytes or a text into the message, whose memory is zero where it says nothing. */
static bool read_field(struct scratch *scratch, struct cursor *c, const ProtobufCMessageDescriptor *descriptor, char *message)
{
    uint64_t tag;
    const ProtobufCFieldDescriptor *field = read_varint(c, &tag) && tag <= UINT32_MAX ? field_of(descriptor, (uint32_t)tag >> 3)
                                                                                      : NULL;
    if (!field || field->label != PROTOBUF_C_LABEL_OPTIONAL)
        return false;
    void *ret = message + field->offset;
    unsigned wire = tag & 7;
    if (field->type == PROTOBUF_C_TYPE_STRING)
        return wire == WIRE_BYTES && read_text(scratch, c, ret);
    *(protobuf_c_boolean *)(message + field->quantifier_offset) = true;
    return field->type == PROTOBUF_C_TYPE_BYTES ? wire == WIRE_BYTES && read_bytes(c, ret) : read_number(c, field, wire, ret);
}

/* Between two counters, so that each stands where it can be stored at once; has no more than a few bytes. NULL: it is none. */
static const unsigned char *skip_padding(const struct cursor *c, const unsigned char *at,
                                         const ProtobufCMessageDescriptor *descriptor, char *message)
{
    const unsigned number = 15;
    const ProtobufCFieldDescriptor *field = number <= descriptor->n_fields ? &descriptor->fields[number - 1] : NULL;
    if (at[1] >= 0x80 || at[1] > c->end - at - 2 || !field || field->id != number || field->type != PROTOBUF_C_TYPE_BYTES)
        return NULL;
    *(protobuf_c_boolean *)(message + field->quantifier_offset) = true;
    *(ProtobufCBinaryData *)(message + field->offset) = (ProtobufCBinaryData){.len = at[1],
                                                                              .data = (uint8_t *)(uintptr_t)(at + 2)};
    return at + 2 + at[1];
}

/* Counters, as our writer lays them out: fields of eight bytes with padding between them. Most of a recording is made of them, so
 * they are read without asking for anything else; where something else comes, read_field goes on. */
static void read_counters(struct cursor *c, const ProtobufCMessageDescriptor *descriptor, char *message)
{
    const unsigned char *at = c->at;
    while (c->end - at >= 10) {
        unsigned width = at[0] < 0x80 ? 1 : 2;
        unsigned tag = width == 1 ? at[0] : (at[0] & 0x7fu) | (unsigned)at[1] << 7;
        unsigned number = tag >> 3;
        if (tag == PADDING) {
            const unsigned char *next = skip_padding(c, at, descriptor, message);
            if (!next)
                break;
            at = next;
            continue;
        }
        if ((tag & 7) != WIRE_FIXED64 || at[width - 1] >= 0x80 || number - 1 >= descriptor->n_fields)
            break;
        const ProtobufCFieldDescriptor *field = &descriptor->fields[number - 1];
        if (field->id != number || field->type != PROTOBUF_C_TYPE_FIXED64 || field->label != PROTOBUF_C_LABEL_OPTIONAL)
            break;
        *(protobuf_c_boolean *)(message + field->quantifier_offset) = true;
        memcpy(message + field->offset, at + width, 8); /* both are little-endian */
        at += width + 8;
    }
    c->at = at;
}

static void *create(struct scratch *scratch, const ProtobufCMessageDescriptor *descriptor)
{
    void *message = scratch->allocator.alloc(scratch, descriptor->sizeof_message);
    if (message)
        descriptor->message_init(message);
    return message;
}

/* The first field of a record, which is a message; NULL: not so. */
static const ProtobufCFieldDescriptor *read_message(struct cursor *c, ProtobufCBinaryData *ret)
{
    uint64_t tag;
    if (!read_varint(c, &tag) || (tag & 7) != WIRE_BYTES || tag > UINT32_MAX)
        return NULL;
    const ProtobufCFieldDescriptor *field = field_of(&nplus1__record__descriptor, (uint32_t)tag >> 3);
    return field && field->type == PROTOBUF_C_TYPE_MESSAGE && read_bytes(c, ret) ? field : NULL;
}

const Nplus1__Record *decode_record(struct scratch *scratch, const unsigned char *bytes, size_t size)
{
    struct cursor outer = {bytes, bytes + size};
    ProtobufCBinaryData inside;
    const ProtobufCFieldDescriptor *field = read_message(&outer, &inside);
    if (!field)
        return NULL;
    Nplus1__Record *record = create(scratch, &nplus1__record__descriptor);
    void *message = create(scratch, field->descriptor);
    if (!record || !message)
        return NULL;
    struct cursor inner = {inside.data, inside.data + inside.len};
    for (;;) {
        read_counters(&inner, field->descriptor, message);
        if (inner.at == inner.end)
            break;
        if (!read_field(scratch, &inner, field->descriptor, message))
            return NULL;
    }
    *(void **)((char *)record + field->offset) = message;
    while (outer.at < outer.end) { /* its padding */
        if (*outer.at != PADDING || !read_field(scratch, &outer, &nplus1__record__descriptor, (char *)record))
            return NULL;
    }
    return record;
}
