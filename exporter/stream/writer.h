/* The writer of a recording: one file, mapped, a valid stream of length-delimited records at every moment.
 *
 * Not thread safe: the owner serialises all calls with one lock (never held across a database call). Words of in-place records
 * may be stored to by any thread at any time between stream_writer_open and stream_writer_forget. Nothing here calls malloc.
 * errno is preserved. Cancellation points inside are guarded.
 *
 * An append first turns the free space into one padding record (a single aligned 8-byte store), fills in the new record behind
 * it and commits with a second aligned 8-byte store, of the length and the record's first bytes. So a process that dies in
 * between leaves a record of padding, never half a record: any parser gets over it.
 */
#ifndef NPLUS1_EXPORTER_STREAM_WRITER_H
#define NPLUS1_EXPORTER_STREAM_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "exporter/stream/counters.h"
#include "exporter/stream/nplus1.pb-c.h"

struct stream_writer {
    unsigned char *base; /* reserved address range of `limit` bytes, NULL while closed */
    char path[4096];     /* absolute */
    int fd;              /* high-numbered, close-on-exec; the program may close it or put something else there */
    dev_t device;
    ino_t inode;
    uint64_t limit;                              /* bytes */
    uint64_t used;                               /* bytes of committed records */
    uint64_t allocated;                          /* bytes of the file that posix_fallocate gave us */
    uint64_t mapped;                             /* bytes of base that show the file, or will when it is as long */
    uint64_t refused;                            /* appends that did not fit */
    bool full;                                   /* an append has been refused: stay with what there is */
    _Alignas(8) unsigned char scratch[16 << 10]; /* the record that is being encoded: none is larger */
};

#define STREAM_MIN_LIMIT     ((uint64_t)64 << 10)
#define STREAM_DEFAULT_LIMIT ((uint64_t)64 << 20)

/* Creates the file (0600, must not exist) and reserves room. False with errno set; nothing is left behind then. */
bool stream_writer_open(struct stream_writer *writer, const char *path, uint64_t limit);

/* Encodes and commits a record, of which one message is set. False, counted in `refused`, when the limit is reached or the disk
 * is full. */
bool stream_writer_append(struct stream_writer *writer, const Nplus1__Record *record);

/* Commits an in-place record; its first word (see counters.h), or NULL as above. */
uint64_t *stream_writer_append_counters(struct stream_writer *writer, enum counters_kind kind, uint32_t id, uint32_t shard);

/* Cuts the file to what is used. The writer stays usable: what comes later makes the file grow again. */
void stream_writer_trim(struct stream_writer *writer);

/* In the child of a fork: lets go of the parent's recording without touching the file. */
void stream_writer_forget(struct stream_writer *writer);

#endif
