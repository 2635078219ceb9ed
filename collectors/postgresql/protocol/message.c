#include "collectors/postgresql/protocol/message.h"

#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/memory.h"

#define SMALL ((size_t)64 << 10) /* bytes that stay for the next message */

/* Room for `more` bytes behind those that are there, as far as there may be; how many fit. */
static size_t make_room(struct message_stream *stream, size_t more)
{
    size_t wanted = stream->used + more, size = stream->size ? stream->size : 4096;
    unsigned char *larger;

    if (wanted > MESSAGE_KEPT_MAX)
        wanted = MESSAGE_KEPT_MAX;
    while (size < wanted)
        size *= 2;
    if (size > stream->size) {
        larger = memory_map(size);
        if (!larger)
            return stream->size - stream->used;
        if (stream->used > 0)
            memcpy(larger, stream->kept, stream->used);
        memory_unmap(stream->kept, stream->size);
        stream->kept = larger;
        stream->size = size;
    }
    return wanted - stream->used;
}

static void keep(struct message_stream *stream, const unsigned char *data, size_t size)
{
    size_t fits = make_room(stream, size);

    if (fits > size)
        fits = size;
    if (fits > 0)
        memcpy(stream->kept + stream->used, data, fits);
    stream->used += fits;
}

static void forget_long(struct message_stream *stream)
{
    if (stream->size <= SMALL)
        return;
    message_stream_finish(stream);
}

/* False: more of the header has to come. */
static bool take_header(struct message_stream *stream, const unsigned char **data, size_t *size)
{
    uint8_t wanted = stream->untyped ? 4 : 5;

    if (likely(stream->headed == 0 && *size >= sizeof stream->header && wanted == sizeof stream->header)) {
        memcpy(stream->header, *data, sizeof stream->header);
        stream->headed = sizeof stream->header;
        *data += sizeof stream->header;
        *size -= sizeof stream->header;
        return true;
    }
    while (stream->headed<wanted && * size> 0) {
        stream->header[stream->headed++] = *(*data)++;
        --*size;
    }
    return stream->headed == wanted;
}

enum message_found message_next(struct message_stream *stream, const unsigned char **data, size_t *size,
                                enum message_found (*wants)(void *context, char type, uint32_t length), void *context,
                                struct message *ret)
{
    size_t part;

    if (!stream->in_body) {
        uint32_t length;
        enum message_found wanted;
        if (*size == 0 || !take_header(stream, data, size))
            return MESSAGE_NONE;
        length = message_big_endian(stream->header + (stream->untyped ? 0 : 1), 4);
        if (length < 4 || length > MESSAGE_LENGTH_MAX)
            return MESSAGE_WRONG;
        stream->now = (struct message){stream->untyped ? '\0' : (char)stream->header[0], NULL, length - 4, 0};
        wanted = wants(context, stream->now.type, stream->now.length);
        if (wanted == MESSAGE_WRONG)
            return MESSAGE_WRONG;
        forget_long(stream);
        stream->wanted = wanted == MESSAGE_ONE;
        stream->left = stream->now.length;
        stream->in_body = true;
        stream->used = 0;
    }
    part = *size < stream->left ? *size : stream->left;
    if (part < stream->left || stream->left < stream->now.length) {
        if (stream->wanted)
            keep(stream, *data, part);
    } else if (stream->wanted) {
        stream->now.body = *data;
        stream->now.have = stream->now.length;
    }
    *data += part;
    *size -= part;
    stream->left -= (uint32_t)part;
    if (stream->left > 0)
        return MESSAGE_NONE;
    if (stream->wanted && !stream->now.body) {
        stream->now.body = stream->used > 0 ? stream->kept : stream->header;
        stream->now.have = (uint32_t)stream->used;
        if (stream->used > 0 && stream->used < stream->now.length)
            stream->kept[stream->used - 1] = '\0';
    }
    *ret = stream->now;
    stream->in_body = false;
    stream->headed = 0;
    return MESSAGE_ONE;
}

void message_stream_finish(struct message_stream *stream)
{
    memory_unmap(stream->kept, stream->size);
    stream->kept = NULL;
    stream->size = stream->used = 0;
}

const char *message_long_text(struct message_reader *reader, size_t *ret_length)
{
    const char *text = (const char *)reader->at;
    const unsigned char *end = memchr(reader->at, '\0', (size_t)(reader->end - reader->at));

    if (!end) {
        reader->bad = true;
        reader->at = reader->end;
        *ret_length = 0;
        return "";
    }
    *ret_length = (size_t)(end - reader->at);
    reader->at = end + 1;
    return text;
}
