/* The tolerant reader of recordings: from a file that may be live, cut off, damaged or foreign.
 *
 * Not for the agent. A reader belongs to one thread. Records are decoded by generated protobuf-c code; what cannot be decoded is
 * skipped and counted. Nothing in a file makes it crash, loop or allocate more than a small multiple of the file's size.
 */
#ifndef NPLUS1_EXPORTER_STREAM_READER_H
#define NPLUS1_EXPORTER_STREAM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/stream/nplus1.pb-c.h"

struct stream_reader;

enum stream_end {
    STREAM_END_CLEAN,   /* end of file, or nothing but empty records to the end */
    STREAM_END_CUT,     /* the last record is incomplete: the file was truncated */
    STREAM_END_DAMAGED, /* a length that cannot be: the rest is unreadable */
};

/* Reads the file, which may be written to in the meantime. NULL with *error (a static or reader-independent string, no newline,
 * without the path) when it cannot be read or is no recording: empty, a directory, a first record without a Header. Ownership of
 * the reader goes to the caller. */
struct stream_reader *stream_reader_open(const char *path, const char **error);

/* The same over memory that the caller keeps alive until stream_reader_destroy. */
struct stream_reader *stream_reader_open_memory(const void *data, size_t size, const char **error);

/* The next record, which stays valid until the next call; NULL at the end (see stream_reader_end). *offset, if not NULL, receives
 * the position of the record's length in the file. */
const Nplus1__Record *stream_reader_next(struct stream_reader *reader, uint64_t *offset);

/* Back to the first record; what the functions below count begins anew. */
void stream_reader_rewind(struct stream_reader *reader);

enum stream_end stream_reader_end(const struct stream_reader *reader);
uint64_t stream_reader_records(const struct stream_reader *reader);    /* records handed out so far */
uint64_t stream_reader_skipped(const struct stream_reader *reader);    /* records that did not decode, so far */
uint64_t stream_reader_bytes_used(const struct stream_reader *reader); /* up to the end of the last record handed out */
uint64_t stream_reader_bytes(const struct stream_reader *reader);      /* size of the file */

void stream_reader_destroy(struct stream_reader *reader); /* takes NULL */

#endif
