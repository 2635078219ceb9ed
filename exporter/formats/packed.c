#include "exporter/formats/packed.h"

#include <stdlib.h>

#include "exporter/base/alloc.h"

void packed_write(FILE *out, const ProtobufCMessage *message)
{
    uint8_t small[512];
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = size <= sizeof small ? small : alloc_resize(NULL, size, 1);
    protobuf_c_message_pack(message, bytes);
    fwrite_unlocked(bytes, 1, size, out);
    if (bytes != small)
        free(bytes);
}

void packed_part_begin(struct packed_part *part)
{
    part->out = open_memstream(&part->bytes, &part->size);
    if (!part->out)
        alloc_failed();
}

static void write_varint(FILE *out, size_t number)
{
    for (; number >= 0x80; number >>= 7)
        putc_unlocked((int)(number & 0x7f) | 0x80, out);
    putc_unlocked((int)number, out);
}

void packed_head(FILE *out, unsigned number, size_t size)
{
    enum { LENGTH_DELIMITED = 2 };
    write_varint(out, number << 3 | LENGTH_DELIMITED);
    write_varint(out, size);
}

void packed_part_end(struct packed_part *part, unsigned number, FILE *out)
{
    if (fclose(part->out) != 0)
        alloc_failed();
    packed_head(out, number, part->size);
    fwrite(part->bytes, 1, part->size, out);
    free(part->bytes);
}
