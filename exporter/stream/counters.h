/* Records that are updated in place: Counters, EdgeCounters, Facts, VisitCounters, OpenTransaction, TallyCounters and Status of
 * nplus1.proto.
 *
 * Their bytes, from an 8-byte boundary of the file on:
 *
 *     4 bytes   length of the record, a varint padded to 4 bytes
 *     3 bytes   tag of the field in Record, length of the message as a varint padded to 2 bytes; from field 16 on the tag has
 *               two bytes, and 7 bytes of padding follow
 *     then, for each of the fields 1 to 14 of the message, and those from 18 on:
 *         1 byte    tag (field << 3 | 1, fixed64); from field 18 on it has two
 *         8 bytes   the value: at an 8-byte boundary, so that a plain store never tears
 *         7 bytes   padding (field 15) so that the next value is aligned too, one less where its tag has two bytes; not after
 *                   the last value
 *     14 bytes  field 16 (id) and field 17 (shard) as varints padded to 5 bytes; padding in Status, which has neither
 *     2 bytes   padding (field 15, empty)
 *
 * so the field at place p is the 64-bit word 2 * (p - 1) counted from the first value, and any protobuf parser reads the whole.
 * (Encoding of tags and varints: protobuf.dev/programming-guides/encoding.)
 */
#ifndef NPLUS1_EXPORTER_STREAM_COUNTERS_H
#define NPLUS1_EXPORTER_STREAM_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "exporter/stream/fields.h"

/* Places of fields in their messages, by the lists of fields.h. */
#define COUNTER_NUMBER(number, NAME, ...) COUNTER_##NAME = FIELD_PLACE(number),
#define EDGE_NUMBER(number, NAME, ...)    EDGE_##NAME = FIELD_PLACE(number),
#define STATUS_NUMBER(number, NAME, ...)  STATUS_##NAME = FIELD_PLACE(number),
#define FACT_NUMBER(number, NAME, ...)    FACT_##NAME = FIELD_PLACE(number),
#define VISIT_NUMBER(number, NAME, ...)   VISIT_##NAME = FIELD_PLACE(number),
#define OPEN_NUMBER(number, NAME, ...)    OPEN_##NAME = FIELD_PLACE(number),
#define TALLY_NUMBER(number, NAME, ...)   TALLY_##NAME = FIELD_PLACE(number),

enum counter { COUNTER_FIELDS(COUNTER_NUMBER, COUNTER_NUMBER) COUNTER_LAST = FIELD_COUNT(COUNTER_FIELDS) };
enum edge_counter { EDGE_FIELDS(EDGE_NUMBER, EDGE_NUMBER) EDGE_LAST = FIELD_COUNT(EDGE_FIELDS) };
enum status_counter { STATUS_FIELDS(STATUS_NUMBER, STATUS_NUMBER) STATUS_LAST = FIELD_COUNT(STATUS_FIELDS) };
enum fact { FACT_FIELDS(FACT_NUMBER, FACT_NUMBER) FACT_LAST = FIELD_COUNT(FACT_FIELDS) };
enum visit_counter { VISIT_FIELDS(VISIT_NUMBER, VISIT_NUMBER) VISIT_LAST = FIELD_COUNT(VISIT_FIELDS) };
enum open_transaction_counter {
    OPEN_TRANSACTION_FIELDS(OPEN_NUMBER, OPEN_NUMBER) OPEN_LAST = FIELD_COUNT(OPEN_TRANSACTION_FIELDS)
};
enum tally_counter { TALLY_FIELDS(TALLY_NUMBER, TALLY_NUMBER) TALLY_LAST = FIELD_COUNT(TALLY_FIELDS) };

/* Fields of Record. */
#define COUNTERS_NUMBER(number, NAME, ...) COUNTERS_##NAME = number,
enum counters_kind { FIELD_MESSAGES(COUNTERS_NUMBER) };

/* How many values a record of the kind has. */
static inline unsigned counters_fields(enum counters_kind kind)
{
#define COUNTERS_CASE(number, NAME, message, prefix, fields)                                                                     \
    case COUNTERS_##NAME:                                                                                                        \
        return prefix##_LAST;
    switch (kind) {
        FIELD_MESSAGES(COUNTERS_CASE)
    }
#undef COUNTERS_CASE
    return 0;
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

/* The word of the field at a place, given the words from the first value on. */
static inline uint64_t *counters_word(uint64_t *words, unsigned place)
{
    return words + (size_t)2 * (place - 1);
}

#endif
