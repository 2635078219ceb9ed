/* One recording as tables: what refers to something else does so by index, counters are summed over their shards. Symbols,
 * findings and the merging of several recordings come later.
 *
 * Plain data, read-only after loading.
 */
#ifndef NPLUS1_EXPORTER_RECORDING_TABLES_H
#define NPLUS1_EXPORTER_RECORDING_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/recording/ids.h"
#include "exporter/stream/reader.h"
#include "exporter/stream/sums.h"

#define RECORDING_NONE UINT32_MAX /* an index of nothing */

struct recording_bytes {
    const unsigned char *data;
    size_t length;
};

struct recording_module {
    const char *path; /* as recorded, for opening it */
    struct recording_bytes build_id;
};

struct recording_frame {
    uint32_t language; /* enum Language of nplus1.proto */
    uint32_t module;
    uint64_t offset;
    const char *function; /* NULL: not recorded */
    const char *file;
    uint32_t line;   /* 0: not recorded */
    uint32_t column; /* from 1; 0: not recorded */
    uint32_t first_line;
    uint32_t last_instruction;
    struct recording_bytes line_table;
    uint32_t line_table_format;
};

struct recording_stack {
    uint32_t parent; /* always a smaller index, so there are no cycles */
    uint32_t frame;
    bool truncated; /* the frames outside this one are unknown */
    bool suspended; /* the frame stood on no stack: its function awaits what the one inside of it does */
};

struct recording_statement {
    uint64_t fingerprint;
    const char *text;
    uint64_t length; /* of the whole text */
    uint32_t verb;
    uint32_t facts; /* bits of StatementFact */
};

struct recording_database {
    uint32_t system;
    const char *name;
    const char *host;
};

/* Counters, facts and the like have the names of fields.h; times are ticks while it is loaded, nanoseconds afterwards. */
struct recording_group {
    uint32_t statement;
    uint32_t stack;
    uint32_t database;
    uint32_t facts; /* its place among the facts, from 1 on; 0: it has none, as most have */
    struct counter_sums counters;
};

struct recording_scope {
    const char *name;
    bool allows; /* what runs in it is meant */
    bool judged; /* the program asks for its findings */
};

struct recording_visit {
    uint32_t group;
    uint32_t scope;
    SUMS_MEMBERS(VISIT_FIELDS, counters);
};

/* Tally of nplus1.proto. */
struct recording_tally {
    uint32_t group;
    uint32_t kind;
    const char *name;
    SUMS_MEMBERS(TALLY_FIELDS, counters);
};

struct recording_edge {
    uint32_t parent;
    uint32_t child;
    uint32_t column;
    uint32_t parameter;
    uint32_t sent_count; /* literals and parameters of the text as it was sent; 0: not recorded */
    const char *column_name;
    struct edge_sums sums;
};

struct recording_clock {
    uint64_t ticks;
    uint64_t monotonic_ns;
    uint64_t ticks_per_second;
};

/* A table, and where the recording's identifiers are in it. */
#define RECORDING_TABLE(type)                                                                                                    \
    struct {                                                                                                                     \
        type *at;                                                                                                                \
        uint32_t count;                                                                                                          \
        uint32_t capacity;                                                                                                       \
        struct ids ids;                                                                                                          \
    }

struct recording {
    const char *path; /* as given */

    uint32_t pid;
    uint32_t parent_pid;
    uint32_t grandparent_pid;
    const char *program;
    const char *exe; /* NULL: not recorded */
    const char **command;
    size_t command_count;
    const char *working_directory;
    const char *host; /* NULL: not recorded */
    const char *boot_id;
    uint64_t start_ticks;
    uint64_t started_unix_ns;
    uint32_t threshold;
    uint64_t max_stream;
    const char **notes;
    size_t note_count;
    const char **walkers;
    size_t walker_count;
    const char *agent_version;

    struct recording_clock clock_first;
    struct recording_clock clock_last; /* zero: only one point is known */
    bool exited;
    uint64_t exit_unix_ns;

    SUMS_MEMBERS(STATUS_FIELDS, status); /* its left_out_ticks stay ticks */

    RECORDING_TABLE(struct recording_module) modules;
    RECORDING_TABLE(struct recording_frame) frames;
    RECORDING_TABLE(struct recording_stack) stacks;
    RECORDING_TABLE(struct recording_statement) statements;
    RECORDING_TABLE(struct recording_database) databases;
    RECORDING_TABLE(struct recording_group) groups;
    struct {
        struct fact_sums *at;
        uint32_t count;
        uint32_t capacity;
    } facts; /* of groups */
    RECORDING_TABLE(struct recording_edge) edges;
    RECORDING_TABLE(struct recording_scope) scopes;
    RECORDING_TABLE(struct recording_visit) visits;
    RECORDING_TABLE(struct recording_tally) tallies;

    uint32_t shards; /* the highest number seen */
    enum stream_end end;
    uint64_t records;
    uint64_t skipped; /* records that did not decode */
    uint64_t lost;    /* records that refer to something that is not there */
    uint64_t bytes;
    uint64_t bytes_used;
};

#endif
