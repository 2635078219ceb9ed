/* Records that are updated in place: Counters, EdgeCounters, Facts, VisitCounters, OpenTransaction, TallyCounters and Status of
 * nplus1.proto.
 *
 * Their bytes, from an 8-byte boundary of the file on:
 *
 *     4 bytes   length of the record, a varint padded to 4 bytes
 *     3 bytes   tag of the field in Record, length of the message as a varint padded to 2 bytes; from field 16 on the tag has
 *               two bytes, and 7 bytes of padding follow
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
#ifndef NPLUS1_EXPORTER_STREAM_COUNTERS_H
#define NPLUS1_EXPORTER_STREAM_COUNTERS_H

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
    COUNTER_UNIT_EXECUTIONS_START,
    COUNTER_UNIT_REPEATED_START,
    COUNTER_FIRST_TICKS,
    COUNTER_PREPARED,
    COUNTER_LAST = COUNTER_PREPARED,
};

enum edge_counter {
    EDGE_MATCHES = 1,
    EDGE_JUDGED,
    EDGE_DISTINCT_VALUES,
    EDGE_EPISODES,
    EDGE_MAX_PER_EPISODE,
    EDGE_BITS,
    EDGE_IN_ORDER,
    EDGE_LAST = EDGE_IN_ORDER,
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

enum fact {
    FACT_UNITS_SEEN = 1,
    FACT_TRANSACTIONS,
    FACT_LIST_MAX,
    FACT_LARGE_LISTS,
    FACT_FANOUT_ROWS,
    FACT_FANOUT_PARENTS,
    FACT_FANOUT_COLUMNS,
    FACT_WATCHED_ROWS,
    FACT_UNREAD_ROWS,
    FACT_WATCHED_COLUMNS,
    FACT_READ_COLUMNS,
    FACT_TRANSACTION_TICKS,
    FACT_TRANSACTION_BUSY_TICKS,
    FACT_REPEATED_ELSEWHERE,
    FACT_LAST = FACT_REPEATED_ELSEWHERE,
};

enum visit_counter {
    VISIT_EXECUTIONS = 1,
    VISIT_STAYS,
    VISIT_SINCE,
    VISIT_LAST = VISIT_SINCE,
};

enum open_transaction_counter {
    OPEN_SINCE_TICKS = 1,
    OPEN_BUSY_TICKS,
    OPEN_OPENER,
    OPEN_LAST = OPEN_OPENER,
};

enum tally_counter {
    TALLY_COUNT = 1,
    TALLY_LAST = TALLY_COUNT,
};

/* Fields of Record. */
enum counters_kind {
    COUNTERS_STATUS = 2,
    COUNTERS_GROUP = 9,
    COUNTERS_EDGE = 11,
    COUNTERS_FACTS = 16,
    COUNTERS_VISIT = 18,
    COUNTERS_OPEN_TRANSACTION = 19,
    COUNTERS_TALLY = 21,
};

/* How many values a record of the kind has. */
static inline unsigned counters_fields(enum counters_kind kind)
{
    switch (kind) {
    case COUNTERS_GROUP:
        return COUNTER_LAST;
    case COUNTERS_EDGE:
        return EDGE_LAST;
    case COUNTERS_FACTS:
        return FACT_LAST;
    case COUNTERS_VISIT:
        return VISIT_LAST;
    case COUNTERS_OPEN_TRANSACTION:
        return OPEN_LAST;
    case COUNTERS_TALLY:
        return TALLY_LAST;
    default:
        return STATUS_LAST;
    }
}

/* Bytes from the record's length to the first value. */
static inline size_t counters_values_offset(enum counters_kind kind)
{
    return kind < 16 ? 8 : 16;
}

/* Bytes of a whole record with its length: a multiple of 8. */
static inline size_t counters_size(enum counters_kind kind)
{
    return counters_values_offset(kind) + (size_t)counters_fields(kind) * 16 - 8 + 16;
}

/* Writes the record with all values 0 to out (counters_size bytes). */
void counters_encode(unsigned char *out, enum counters_kind kind, uint32_t id, uint32_t shard);

/* The word of field `field`, given the words from the first value on. */
static inline uint64_t *counters_word(uint64_t *words, unsigned field)
{
    return words + (size_t)2 * (field - 1);
}

#endif
