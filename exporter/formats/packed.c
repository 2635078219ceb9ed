#include "exporter/formats/packed.h"

#include <stdlib.h>

#include "exporter/base/alloc.h"

void packed_write(FILE *out, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = alloc_resize(NULL, size + 1, 1);
    protobuf_c_message_pack(message, bytes);
    fwrite(bytes, 1, size, out);
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
        putc((int)(number & 0x7f) | 0x80, out);
    putc((int)number, out);
}

void packed_part_end(struct packed_part *part, unsigned number, FILE *out)
{
    enum { LENGTH_DELIMITED = 2 };
    if (fclose(part->out) != 0)
        alloc_failed();
    write_varint(out, number << 3 | LENGTH_DELIMITED);
    write_varint(out, part->size);
    fwrite(part->bytes, 1, part->size, out);
    free(part->bytes);
}
