/* What the records that are updated in place say, as plain structs that are made of fields.h: an array of all fields, in their
 * order, whose members have names. The same struct holds one shard, the sums over the shards of a recording and those over
 * several recordings; times are ticks until sums_convert. Pure; any thread.
 */
#ifndef NPLUS1_EXPORTER_STREAM_SUMS_H
#define NPLUS1_EXPORTER_STREAM_SUMS_H

#include <stdint.h>

#include "exporter/stream/counters.h"

#define SUMS_COUNT(number, NAME, name, adds)    uint64_t name;
#define SUMS_TIME(number, NAME, name, adds, ns) uint64_t ns;
/* Members of the struct or union that it stands in; `array` has them all. */
#define SUMS_MEMBERS(fields, array)                                                                                              \
    union {                                                                                                                      \
        struct {                                                                                                                 \
            fields(SUMS_COUNT, SUMS_TIME)                                                                                        \
        };                                                                                                                       \
        uint64_t array[FIELD_COUNT(fields)];                                                                                     \
    }

struct counter_sums {
    SUMS_MEMBERS(COUNTER_FIELDS, counters);
};

struct fact_sums {
    SUMS_MEMBERS(FACT_FIELDS, all);
};

struct edge_sums {
    SUMS_MEMBERS(EDGE_FIELDS, all);
};

/* Adds the fields of a message of protobuf-c to sums. */
#define SUMS_ADD_MESSAGE(kind, fields, sums, message)                                                                            \
    do {                                                                                                                         \
        const __typeof__(*(message)) *added_ = (message);                                                                        \
        sums_add((kind), (sums), (const uint64_t[]){fields(SUMS_ADDED, SUMS_ADDED)});                                            \
    } while (0)
#define SUMS_ADDED(number, NAME, name, ...) added_->name,

/* Adds one record's values to the sums, by the rules of fields.h. */
void sums_add(enum counters_kind kind, uint64_t *sums, const uint64_t *more);

/* Converts the times of the record. */
typedef uint64_t (*sums_conversion)(const void *context, uint64_t ticks);
void sums_convert(enum counters_kind kind, uint64_t *sums, sums_conversion to_ns, const void *context);

/* The values of a record in place (counters.h), which its thread may change meanwhile. */
void sums_read(enum counters_kind kind, uint64_t *ret, const uint64_t *words);

/* Counts the unit of work that a shard is in as one that is over. */
void sums_settle(struct counter_sums *counters);

#endif
