/* Recordings made to measure, in memory: records as the agent's writer lays them out, padded lengths at 8-byte boundaries.
 *
 * A builder belongs to one test; failures end the test's program.
 */
#ifndef NPLUS1_TESTS_UNIT_EXPORTER_RECORDING_BUILDER_H
#define NPLUS1_TESTS_UNIT_EXPORTER_RECORDING_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/stream/nplus1.pb-c.h"

struct recording_builder;

struct recording_builder *builder_create(void); /* empty */

/* A recording that begins as every one does: header (program "shop", pid 42, threshold 5, 1 tick = 1 ns) and status. */
struct recording_builder *builder_create_started(void);

void builder_record(struct recording_builder *builder, Nplus1__Record *record);
void builder_bytes(struct recording_builder *builder, const void *data, size_t size); /* as they are */
void builder_zeros(struct recording_builder *builder, size_t size);

/* The started one's header, for changing it before the first record is added. */
Nplus1__Header *builder_header(struct recording_builder *builder);

/* Each returns the id of what it added. */
uint32_t builder_module(struct recording_builder *builder, const char *path, const void *build_id, size_t length);
uint32_t builder_native_frame(struct recording_builder *builder, uint32_t module, uint64_t offset);
uint32_t builder_frame(struct recording_builder *builder, Nplus1__Language language, const char *function, const char *file,
                       uint32_t line);
uint32_t builder_stack(struct recording_builder *builder, uint32_t parent, uint32_t frame);
uint32_t builder_suspended_stack(struct recording_builder *builder, uint32_t parent, uint32_t frame);
uint32_t builder_statement(struct recording_builder *builder, uint64_t fingerprint, const char *text, Nplus1__Verb verb);
uint32_t builder_database(struct recording_builder *builder, Nplus1__System system, const char *name);
uint32_t builder_group(struct recording_builder *builder, uint32_t statement, uint32_t stack, uint32_t database);
uint32_t builder_edge(struct recording_builder *builder, uint32_t parent, const char *column_name, uint32_t child,
                      uint32_t parameter);

struct builder_counters {
    uint64_t executions, rows, ticks, distinct_values, errors, batched, units, unit_max;
};
void builder_counters(struct recording_builder *builder, uint32_t group, uint32_t shard, struct builder_counters counters);

#define BUILDER_BITS 4 /* of evidence for each match, when rows are met one after the other */
struct builder_edge_counters {
    uint64_t matches, judged, distinct_values, episodes, max_per_episode;
    uint64_t bits, in_order; /* 0: those of a child that took its parent's rows one after the other */
};
void builder_edge_counters(struct recording_builder *builder, uint32_t edge, uint32_t shard,
                           struct builder_edge_counters counters);

void builder_exit(struct recording_builder *builder, uint64_t ticks, uint64_t monotonic_ns);

/* One statement from one Python frame: database, statement, frame, stack, group, counters. Returns the group. */
uint32_t builder_simple_group(struct recording_builder *builder, uint64_t fingerprint, const char *text, const char *function,
                              uint32_t line, struct builder_counters counters);

const uint8_t *builder_data(struct recording_builder *builder, size_t *ret_size); /* until the next record */
void builder_write(struct recording_builder *builder, const char *path);
void builder_destroy(struct recording_builder *builder);

#endif
