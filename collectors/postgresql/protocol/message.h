/* Messages of PostgreSQL's protocol, cut out of a stream of bytes that comes in any pieces.
 *
 * A message is a letter, then its length in four bytes, which counts itself, then its body; what a client sends before it is
 * known has no letter (www.postgresql.org/docs/current/protocol-message-formats.html). A body that comes in one piece is not
 * copied; of one that comes in several as much is kept as anybody needs. Not thread-safe; errno is preserved.
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_MESSAGE_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_MESSAGE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "agent/base/compiler.h"

#define MESSAGE_KEPT_MAX   ((size_t)16 << 20) /* bytes of a body in pieces; what is longer is cut, and a NUL is its end */
#define MESSAGE_HEADER     ((size_t)5)
#define MESSAGE_LENGTH_MAX UINT32_C(0x3fffffff) /* MaxAllocSize - 1, of src/include/utils/memutils.h */

/* bytes: 1, 2 or 4, a constant wherever it is called. */
static inline uint32_t message_big_endian(const unsigned char *at, unsigned bytes)
{
    uint16_t half;
    uint32_t whole;

    if (bytes == 1)
        return *at;
    if (bytes == 2) {
        memcpy(&half, at, sizeof half);
        return __builtin_bswap16(half);
    }
    memcpy(&whole, at, sizeof whole);
    return __builtin_bswap32(whole);
}

/* Of a body as much as is there, in two registers. */
struct message_body {
    const unsigned char *at;
    size_t size;
};

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

/* Whether the next byte begins a message with a letter, and nothing of an earlier one is left. */
static inline bool message_is_next(const struct message_stream *stream)
{
    return !(stream->in_body | stream->headed | stream->untyped);
}

/* Which types there are, by their letters: their bodies have fewer bytes than this. */
typedef const uint32_t message_limits[UCHAR_MAX + 1];
#define MESSAGE_EMPTY 1
#define MESSAGE_ANY   (MESSAGE_LENGTH_MAX - 4 + 1)

static inline bool message_is_allowed(message_limits limits, char type, size_t length)
{
    return length < limits[(unsigned char)type];
}

/* The body of the message at `at`, where message_is_next, when all of it is there, as it mostly is: false: message_next finds
 * out. Whether it is allowed is asked next: until then its length may be any number. It goes on at its end. */
static inline bool message_is_whole(const unsigned char *at, const unsigned char *end, struct message_body *ret)
{
    size_t room = (size_t)(end - at);
    uint32_t length;

    if (unlikely(room < MESSAGE_HEADER))
        return false;
    length = message_big_endian(at + 1, 4) - 4;
    if (unlikely(length > room - MESSAGE_HEADER))
        return false;
    *ret = (struct message_body){at + MESSAGE_HEADER, length};
    return true;
}

static inline struct message_body message_body(const struct message *message)
{
    return (struct message_body){message->body, message->have};
}

/* Reads a body that was wanted from its beginning; past its end `bad` is set and everything is 0. */
struct message_reader {
    const unsigned char *at, *end;
    bool bad;
};

static inline struct message_reader message_read(struct message_body body)
{
    return (struct message_reader){body.at, body.at + body.size, false};
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

/* Whether a value or a column is binary by formats of two bytes each: none, one for all, or one each. */
static inline bool message_is_binary(const unsigned char *formats, uint32_t count, uint32_t i)
{
    if (count == 0)
        return false;
    i = likely(count == 1) ? 0 : i < count ? i : count - 1;
    return (formats[2 * i] | formats[2 * i + 1]) != 0;
}

/* Of formats behind their number: which of the first 64 columns come in binary. */
static inline uint64_t message_formats(struct message_reader *reader)
{
    uint32_t count = message_int(reader, 2);
    const unsigned char *formats = message_bytes(reader, 2 * (size_t)count);
    uint64_t binary = 0;

    if (unlikely(reader->bad))
        return 0;
    if (likely(count <= 1)) /* one for all, which is what drivers send */
        return message_is_binary(formats, count, 0) ? UINT64_MAX : 0;
    for (uint32_t i = 0; i < 64; i++) {
        if (message_is_binary(formats, count, i))
            binary |= UINT64_C(1) << i;
    }
    return binary;
}

/* A terminated text that is not empty, and its length; "" when it does not end. */
const char *message_long_text(struct message_reader *reader, size_t *ret_length);

/* The same of any text: most names are empty. */
static inline const char *message_text(struct message_reader *reader, size_t *ret_length)
{
    if (unlikely(reader->at == reader->end) || *reader->at != '\0')
        return message_long_text(reader, ret_length);
    *ret_length = 0;
    return (const char *)reader->at++;
}

#endif
