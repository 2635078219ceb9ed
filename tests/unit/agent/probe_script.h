/* Drives the probe interface as a collector would, without a database, and reads what was recorded. For one process image: the
 * recording of a test program is one file. */
#ifndef NPLUS1_TESTS_UNIT_AGENT_PROBE_SCRIPT_H
#define NPLUS1_TESTS_UNIT_AGENT_PROBE_SCRIPT_H

#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exporter/stream/reader.h"
#include "agent/probe/probe.h"
#include "agent/process/settings.h"
#include "stub_walker.h"

static char script_path[64];

/* Before the first statement. */
static inline void script_begin(void)
{
    snprintf(script_path, sizeof script_path, "/tmp/nplus1-probe-%d.pb", (int)getpid());
    unlink(script_path);
    snprintf(settings.output, sizeof settings.output, "%s", script_path);
}

static inline struct database *script_database(void)
{
    return probe_open(thread_current(), DATABASE_SQLITE, "script.db", NULL);
}

static struct transaction script_transaction; /* never open, unless a test does so */

static inline void script_prepare(struct probe_statement *statement, struct database *database, const char *sql)
{
    memset(statement, 0, sizeof *statement);
    statement->database = database;
    statement->transaction = &script_transaction;
    probe_text(thread_current(), statement, sql, strlen(sql));
}

/* One execution from the call stack `frames`, with one integer parameter, and so many rows. */
static __attribute__((noinline, unused)) void script_execute(struct probe_statement *statement, uintptr_t frame,
                                                             int64_t parameter, unsigned rows, bool error)
{
    struct probe_execution execution = {0};
    struct values values = {0};
    struct group_shard *shard;

    stub_walker_enter(*STACK_SLOT);
    stub_walker_set((const uintptr_t[]){frame, 0x2000}, 2);
    values_bind(&values, 0, value_hash_int(parameter));
    shard = probe_begin(thread_current(), &execution, statement, &values, STACK_SLOT);
    for (unsigned i = 0; i < rows; i++)
        probe_row(probe_shard(thread_current(), &execution));
    if (error)
        probe_error(shard);
    probe_end(&execution);
    __asm__ volatile("" ::: "memory");
}

/* Sums over the groups of a statement; of all when text is NULL. */
struct script_sums {
    unsigned groups, shards;
    uint64_t executions, rows, errors, distinct_values, repeated, batched, units, unit_max, unit_executions_max;
    uint64_t left_out_executions, left_out_rows, left_out_errors, left_out_groups, left_out_stream, left_out_memory;
    unsigned findings;
    uint32_t confidence; /* of the last finding */
};

static inline struct script_sums script_sums_of(const char *text)
{
    const char *error;
    struct stream_reader *reader = stream_reader_open(script_path, &error);
    const Nplus1__Record *record;
    struct script_sums sums = {0};
    static bool wanted_statement[70000], wanted_group[70000];

    memset(wanted_statement, 0, sizeof wanted_statement);
    memset(wanted_group, 0, sizeof wanted_group);
    assert_non_null(reader);
    while ((record = stream_reader_next(reader, NULL))) {
        if (record->statement) {
            const Nplus1__Statement *s = record->statement;
            wanted_statement[s->id] = !text || (s->text.len == strlen(text) && memcmp(s->text.data, text, s->text.len) == 0);
        } else if (record->group) {
            wanted_group[record->group->id] = wanted_statement[record->group->statement];
            sums.groups += wanted_group[record->group->id];
        } else if (record->counters && wanted_group[record->counters->group]) {
            const Nplus1__Counters *c = record->counters;
            sums.shards++;
            sums.executions += c->executions;
            sums.rows += c->rows;
            sums.errors += c->errors;
            sums.distinct_values += c->distinct_values;
            sums.repeated += c->repeated;
            sums.batched += c->batched;
            sums.units += c->units;
            if (c->unit_max > sums.unit_max)
                sums.unit_max = c->unit_max;
            if (c->unit_executions_max > sums.unit_executions_max)
                sums.unit_executions_max = c->unit_executions_max;
        } else if (record->finding && wanted_group[record->finding->group]) {
            sums.findings++;
            sums.confidence = record->finding->confidence;
        } else if (record->status) {
            sums.left_out_executions = record->status->left_out_executions;
            sums.left_out_rows = record->status->left_out_rows;
            sums.left_out_errors = record->status->left_out_errors;
            sums.left_out_groups = record->status->left_out_groups;
            sums.left_out_stream = record->status->left_out_stream;
            sums.left_out_memory = record->status->left_out_memory;
        }
    }
    assert_int_equal(stream_reader_skipped(reader), 0);
    stream_reader_destroy(reader);
    return sums;
}

#endif
