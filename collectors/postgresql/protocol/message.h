/* Messages of PostgreSQL's protocol, cut out of a stream of bytes that comes in any pieces.
 *
 * A message is a letter, then its length in four bytes, which counts itself, then its body; what a client sends before it is
 * known has no letter (www.postgresql.org/docs/current/protocol-message-formats.html). A body that comes in one piece is not
 * copied; of one that comes in several as much is kept as anybody needs. Not thread-safe; errno is preserved.
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_MESSAGE_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_KEPT_MAX   ((size_t)16 << 20)   /* bytes of a body in pieces; what is longer is cut, and a NUL is its end */
#define MESSAGE_LENGTH_MAX UINT32_C(0x3fffffff) /* MaxAllocSize - 1, of src/include/utils/memutils.h */

struct message {
    char type;                 /* 0: it has none */
    const unsigned char *body; /* NULL: it was not wanted */
    uint32_t length;           /* of the body */
    uint32_t have;             /* bytes of it that are there: fewer than `length` in a long one that came in pieces */
};

/* Zeroed to begin with. */
struct message_stream {
    bool untyped;   /* the next one has no letter */
    uint8_t headed; /* bytes of the header that have come */
    bool in_body, wanted;
    unsigned char header[5];
    struct message now;
    uint32_t left; /* bytes of the body that have not come */
    unsigned char *kept;
    size_t size, used; /* bytes of memory_map, and those that are filled */
};

enum message_found {
    MESSAGE_NONE, /* the piece is used up */
    MESSAGE_ONE,
    MESSAGE_WRONG /* this is no such stream */
};

/* Takes the next message from a piece, which *data and *size then are the rest of. wants: whether a message of this type, of so
 * many bytes, is to be given with its body, or MESSAGE_WRONG. *ret's body is valid until the next call. */
enum message_found message_next(struct message_stream *stream, const unsigned char **data, size_t *size,
                                enum message_found (*wants)(void *context, char type, uint32_t length), void *context,
                                struct message *ret);

void message_stream_finish(struct message_stream *stream);

/* Reads a body from its beginning; past its end `bad` is set and everything is 0. */
struct message_reader {
    const unsigned char *at, *end;
    bool bad;
};

static inline struct message_reader message_read(const struct message *message)
{
    const unsigned char *body = message->body ? message->body : (const unsigned char *)"";

    return (struct message_reader){body, body + message->have, false};
}

/* bytes: a constant wherever it is called, so that it is one load. */
static inline uint32_t message_big_endian(const unsigned char *at, unsigned bytes)
{
    uint32_t value = 0;

#pragma GCC unroll 4
    for (unsigned i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

static inline const unsigned char *message_bytes(struct message_reader *reader, size_t count)
{
    const unsigned char *at = reader->at;

    if ((size_t)(reader->end - at) < count) {
        reader->bad = true;
        reader->at = reader->end;
        return (const unsigned char *)"\0\0\0\0\0\0\0";
    }
    reader->at += count;
    return at;
}

static inline uint32_t message_int(struct message_reader *reader, unsigned bytes)
{
    return message_big_endian(message_bytes(reader, bytes), bytes);
}

/* A terminated text, and its length; "" when it does not end. */
const char *message_text(struct message_reader *reader, size_t *ret_length);

#endif
