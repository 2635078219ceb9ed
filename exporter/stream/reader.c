#include "exporter/stream/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/stream/decoding/decode.h"
#include "exporter/stream/decoding/scratch.h"

/* No record of ours comes near this; what claims to be longer is damage. Bounds what one record can make the decoder allocate. */
#define RECORD_MAX ((size_t)4 << 20)

#define NO_RECORDING "is no recording of nplus1"

struct stream_reader {
    unsigned char *owned; /* the file's bytes when we read them */
    const unsigned char *data;
    size_t size;
    size_t whole; /* how long the file was when its bytes had been read: a recording that is written grows in the meantime */
    size_t position;
    size_t used;
    bool aligned; /* padded lengths at 8-byte boundaries, as our writer makes them: damage can be stepped over */
    bool hole;    /* behind a record that was not committed: what follows may be its body */
    bool cut;
    bool damaged;
    uint64_t records;
    uint64_t skipped;
    struct scratch scratch;
    const Nplus1__Record *first; /* the header, decoded at open, handed out by the first call */
    uint64_t first_offset;
    size_t second_looks; /* bytes of undecodable records that may still be looked through */
};

static uint32_t load32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* The length of a committed record of our writer: a varint of exactly four bytes. */
static bool padded_length(const unsigned char *p, size_t *ret)
{
    uint32_t v = load32(p);
    if ((v & 0x80808080u) != 0x00808080u)
        return false;
    *ret = (v & 0x7f) | (v >> 8 & 0x7f) << 7 | (v >> 16 & 0x7f) << 14 | (v >> 24 & 0x7f) << 21;
    return *ret > 0;
}

enum place {
    PLACE_RECORD,
    PLACE_END,
};

/* In an aligned stream: finds the next position where a record can begin. */
static enum place seek_aligned(struct stream_reader *r, size_t *body, size_t *length)
{
    while (r->position < r->size) {
        size_t left = r->size - r->position;
        const unsigned char *p = r->data + r->position;
        if (left < 4) {
            for (size_t i = 0; i < left; i++)
                r->cut = r->cut || p[i] != 0;
            break;
        }
        size_t n;
        if (load32(p) == 0) {
            r->hole = true;
        } else if (padded_length(p, &n) && n <= RECORD_MAX && (r->position + 4 + n) % 8 == 0) {
            if (n <= left - 4) {
                *body = r->position + 4;
                *length = n;
                return PLACE_RECORD;
            }
            if (!r->hole && n <= r->whole - r->position - 4) {
                r->position = r->size; /* it was written while the file was read, */
                return PLACE_END;      /* and nothing of what it covers is a record */
            }
            r->cut = r->cut || !r->hole;
        } else if (!r->hole && !r->cut) {
            r->damaged = true;
        }
        r->position += 8;
    }
    r->position = r->size;
    return PLACE_END;
}

/* In any other stream: reads a varint. A length that cannot be ends it, there is nothing to find the next record by. */
static enum place seek_plain(struct stream_reader *r, size_t *body, size_t *length)
{
    while (r->position < r->size && r->data[r->position] == 0)
        r->position++;
    uint64_t n = 0;
    for (size_t i = 0; i < 10; i++) {
        if (r->position + i >= r->size) {
            r->cut = i > 0;
            r->position = r->size;
            return PLACE_END;
        }
        unsigned char byte = r->data[r->position + i];
        n |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte & 0x80)
            continue;
        if (n > RECORD_MAX)
            break;
        if (n > r->size - r->position - i - 1) {
            r->cut = n > r->whole - r->position - i - 1;
            r->position = r->size;
            return PLACE_END;
        }
        *body = r->position + i + 1;
        *length = (size_t)n;
        return PLACE_RECORD;
    }
    r->damaged = true;
    r->position = r->size;
    return PLACE_END;
}

/* Where to go on after a record that did not decode. Its length may be what is wrong, so what it covers is looked through for
 * records, but only as long as that stays cheap: lengths made on purpose could overlap without end. */
static size_t after_undecodable(struct stream_reader *r, size_t body, size_t length)
{
    if (!r->aligned || length > r->second_looks)
        return body + length;
    r->second_looks -= length;
    return body + 4;
}

const Nplus1__Record *stream_reader_next(struct stream_reader *r, uint64_t *offset)
{
    if (r->first) {
        const Nplus1__Record *first = r->first;
        r->first = NULL;
        if (offset)
            *offset = r->first_offset;
        return first;
    }
    size_t body;
    size_t length;
    while ((r->aligned ? seek_aligned(r, &body, &length) : seek_plain(r, &body, &length)) == PLACE_RECORD) {
        size_t start = r->position;
        scratch_reset(&r->scratch);
        const Nplus1__Record *record = decode_record(&r->scratch, r->data + body, length);
        if (!record) {
            scratch_reset(&r->scratch);
            record = nplus1__record__unpack(&r->scratch.allocator, length, r->data + body);
        }
        if (!record) {
            /* In the body of a record that was never committed anything may look like a record. */
            r->skipped += !r->hole;
            r->position = after_undecodable(r, body, length);
            continue;
        }
        if (r->cut) {
            r->cut = false;
            r->damaged = true;
        }
        r->hole = false;
        r->position = body + length;
        r->used = r->position;
        r->records++;
        if (offset)
            *offset = start;
        return record;
    }
    return NULL;
}

static struct stream_reader *open_buffer(unsigned char *owned, const void *data, size_t size, size_t whole, const char **error)
{
    struct stream_reader *r = calloc(1, sizeof *r);
    if (!r) {
        free(owned);
        *error = "out of memory";
        return NULL;
    }
    r->owned = owned;
    r->data = data;
    r->size = size;
    r->whole = whole;
    r->second_looks = 4 * size;
    scratch_init(&r->scratch);

    size_t n;
    r->aligned = size >= 8 && padded_length(r->data, &n) && (n + 4) % 8 == 0;
    uint64_t offset = 0;
    const Nplus1__Record *record = size ? stream_reader_next(r, &offset) : NULL;
    if (record && record->header && offset == 0) {
        r->first = record;
        r->first_offset = offset;
        return r;
    }
    bool header_cut = r->aligned && !record && r->cut && r->data[4] == 0x0a;
    *error = size == 0 ? "is empty" : header_cut ? "is cut off within its first record" : NO_RECORDING;
    stream_reader_destroy(r);
    return NULL;
}

struct stream_reader *stream_reader_open_memory(const void *data, size_t size, const char **error)
{
    return open_buffer(NULL, data, size, size, error);
}

/* How often a file that grows while it is read is read on. */
#define GROWN_MAX 8

/* Reads from *at on up to `end` or the end of the file; *at is where it came to. */
static bool read_part(int fd, size_t *at, size_t end, unsigned char *data)
{
    while (*at < end) {
        ssize_t n = pread(fd, data + *at, end - *at, (off_t)*at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        *at += (size_t)n;
    }
    return true;
}

/* Reads from *size on; *data and *size grow. */
static bool read_on(int fd, size_t end, unsigned char **data, size_t *size)
{
    unsigned char *longer = realloc(*data, end ? end : 1);
    if (!longer)
        return false;
    *data = longer;
    return read_part(fd, size, end, longer);
}

#define EXIT_TAG    0x6a /* the first byte of a record that says that the process has ended */
#define PADDING_TAG 0x7a /* and of one that is being filled in: it is padding so far (writer.c) */
#define EXIT_MAX    64   /* bytes of the former */

/* By its last record: nobody writes any more. */
static bool has_ended(const unsigned char *data, size_t size)
{
    size_t n;

    for (size_t at = size; at % 8 == 0 && at >= 8 && size - at < EXIT_MAX;) {
        at -= 8;
        if (padded_length(data + at, &n) && n == size - at - 4 && data[at + 4] == EXIT_TAG)
            return true;
    }
    return false;
}

/* Where the records end that have no hole before them, and none that is being filled in. */
static size_t find_hole(const unsigned char *data, size_t size)
{
    size_t at = 0;
    size_t n;

    while (size - at > 4 && padded_length(data + at, &n) && n <= RECORD_MAX && (at + 4 + n) % 8 == 0 && n <= size - at - 4 &&
           data[at + 4] != PADDING_TAG)
        at += 4 + n;
    return at;
}

static bool is_empty(const unsigned char *data, size_t size)
{
    while (size > 0 && data[size - 1] == 0)
        size--;
    return size == 0;
}

#define HOLE_STAYS 2 /* readings that find it again: nobody fills it in any more */

/* Processors copy a few cache lines at once, in whatever order. */
#define TORN_MAX ((size_t)16 << 10)

static bool read_last_again(int fd, size_t end, unsigned char *data)
{
    size_t at = end > TORN_MAX ? end - TORN_MAX : 0;

    return read_part(fd, &at, end, data);
}

/* A record that is written while the file is read may be missing in what was read, though one behind it is not, which came about
 * later; or its length is there, and what it has is not. Records are committed one after the other, so all up to a hole are whole
 * when they are read again. What a writer has left for good stays a hole, and there is more behind it. */
static bool settle(int fd, unsigned char *data, size_t size)
{
    size_t hole = find_hole(data, size);

    for (int i = 0, stays = 0; i < GROWN_MAX; i++) {
        size_t before = hole;
        size_t at = hole;
        if (!read_last_again(fd, hole, data))
            return false;
        if (hole == 0 || stays == HOLE_STAYS || is_empty(data + hole, size - hole))
            return true;
        if (!read_part(fd, &at, size, data))
            return false;
        hole = find_hole(data, size);
        stays = hole == before ? stays + 1 : 0;
    }
    memset(data + hole, 0, size - hole);
    return read_last_again(fd, hole, data);
}

/* Read, not mapped: a program that ends may shorten its file, and touching a page that is gone would be SIGBUS. One that runs may
 * lengthen it and write a record across the end that it had before; *whole is what that record may reach to. */
static unsigned char *read_all(int fd, size_t length, size_t *size, size_t *whole)
{
    unsigned char *data = NULL;
    struct stat st;
    *size = 0;
    *whole = length;
    for (int i = 0; i < GROWN_MAX; i++) {
        if (!read_on(fd, *whole, &data, size) || fstat(fd, &st) < 0) {
            free(data);
            return NULL;
        }
        if (*size < *whole)
            *whole = *size;
        if ((size_t)st.st_size <= *whole)
            break;
        *whole = (size_t)st.st_size;
    }
    if (!(has_ended(data, *size) || settle(fd, data, *size)) || fstat(fd, &st) < 0) {
        free(data);
        return NULL;
    }
    if ((size_t)st.st_size > *whole)
        *whole = (size_t)st.st_size;
    return data;
}

struct stream_reader *stream_reader_open(const char *path, const char **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        *error = strerror(errno);
        return NULL;
    }
    struct stat st;
    unsigned char *data = NULL;
    size_t size = 0;
    size_t whole = 0;
    if (fstat(fd, &st) < 0)
        *error = strerror(errno);
    else if (S_ISDIR(st.st_mode))
        *error = strerror(EISDIR);
    else if (!S_ISREG(st.st_mode))
        *error = "is no regular file";
    else if (!(data = read_all(fd, (size_t)st.st_size, &size, &whole)))
        *error = strerror(errno);
    close(fd);
    return data ? open_buffer(data, data, size, whole, error) : NULL;
}

void stream_reader_rewind(struct stream_reader *r)
{
    r->position = r->used = 0;
    r->hole = r->cut = r->damaged = false;
    r->records = r->skipped = 0;
    r->second_looks = 4 * r->size;
    r->first = NULL;
}

enum stream_end stream_reader_end(const struct stream_reader *r)
{
    return r->damaged ? STREAM_END_DAMAGED : r->cut ? STREAM_END_CUT : STREAM_END_CLEAN;
}

uint64_t stream_reader_records(const struct stream_reader *r)
{
    return r->records;
}

uint64_t stream_reader_skipped(const struct stream_reader *r)
{
    return r->skipped;
}

uint64_t stream_reader_bytes_used(const struct stream_reader *r)
{
    return r->used;
}

uint64_t stream_reader_bytes(const struct stream_reader *r)
{
    return r->size;
}

void stream_reader_destroy(struct stream_reader *r)
{
    if (!r)
        return;
    scratch_finish(&r->scratch);
    free(r->owned);
    free(r);
}
