/* Records that are updated in place: Counters, EdgeCounters and Status of nplus1.proto.
 *
 * Their bytes, from an 8-byte boundary of the file on:
 *
 *     4 bytes   length of the record, a varint padded to 4 bytes
 *     3 bytes   tag of the field in Record, length of the message as a varint padded to 2 bytes
 *     then, for each field 1..n of the message:
 *         1 byte    tag (field << 3 | 1, fixed64)
 *         8 bytes   the value: at an 8-byte boundary, so that a plain store never tears
 *         7 bytes   padding (field 15, 5 bytes long) so that the next value is aligned too; not after the last value
 *     14 bytes  field 16 (id) and field 17 (shard) as varints padded to 5 bytes; padding in Status, which has neither
 *     2 bytes   padding (field 15, empty)
 *
 * so field f is the 64-bit word 2 * (f - 1) counted from the first value, and any protobuf parser reads the whole.
 * (Encoding of tags and varints: protobuf.dev/programming-guides/encoding.)
 */
#ifndef NPLUS1_STREAM_COUNTERS_H
#define NPLUS1_STREAM_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

/* Field numbers in nplus1.proto. */
enum counter {
    COUNTER_EXECUTIONS = 1,
    COUNTER_ROWS,
    COUNTER_TICKS,
    COUNTER_DISTINCT_VALUES,
    COUNTER_ERRORS,
    COUNTER_BATCHED,
    COUNTER_REPEATED,
    COUNTER_UNITS,
    COUNTER_UNIT_MAX,
    COUNTER_UNIT_EXECUTIONS_MAX,
    COUNTER_FIRST_TICKS,
    COUNTER_LAST = COUNTER_FIRST_TICKS,
};

enum edge_counter {
    EDGE_MATCHES = 1,
    EDGE_JUDGED,
    EDGE_DISTINCT_VALUES,
    EDGE_EPISODES,
    EDGE_MAX_PER_EPISODE,
    EDGE_LAST = EDGE_MAX_PER_EPISODE,
};

enum status_counter {
    STATUS_TICKS = 1,
    STATUS_MONOTONIC_NS,
    STATUS_LEFT_OUT_EXECUTIONS,
    STATUS_LEFT_OUT_GROUPS,
    STATUS_LEFT_OUT_MEMORY,
    STATUS_LEFT_OUT_STREAM,
    STATUS_LEFT_OUT_ROWS,
    STATUS_LEFT_OUT_ERRORS,
    STATUS_LEFT_OUT_TICKS,
    STATUS_LAST = STATUS_LEFT_OUT_TICKS,
};

/* Fields of Record. */
enum counters_kind {
    COUNTERS_STATUS = 2,
    COUNTERS_GROUP = 9,
    COUNTERS_EDGE = 11,
};

#define COUNTERS_VALUES_OFFSET 8 /* bytes from the record's length to the first value */

/* Bytes of a whole record with its length: a multiple of 8. */
static inline size_t counters_size(enum counters_kind kind)
{
    size_t fields = kind == COUNTERS_GROUP ? COUNTER_LAST : kind == COUNTERS_EDGE ? EDGE_LAST : STATUS_LAST;
    return COUNTERS_VALUES_OFFSET + fields * 16 - 8 + 16;
}

/* Writes the record with all values 0 to out (counters_size bytes). */
void counters_encode(unsigned char *out, enum counters_kind kind, uint32_t id, uint32_t shard);

/* The word of field `field`, given the words from the first value on. */
static inline volatile uint64_t *counters_word(volatile uint64_t *words, unsigned field)
{
    return words + (size_t)2 * (field - 1);
}

#endif
