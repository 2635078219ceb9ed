#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/printable.h"
#include "exporter/model/model.h"
#include "exporter/recording/recording.h"
#include "exporter/recording/running.h"
#include "viewer/verbs.h"
#include "exporter/model/names.h"

static void write_text(const char *label, const char *text)
{
    printf("%-22s", label);
    printable_write(stdout, text ? text : "unknown", 0);
    putchar('\n');
}

static void write_number(const char *label, uint64_t number)
{
    char digits[PRINTABLE_NUMBER];
    printf("%-22s%s\n", label, printable_number(number, digits));
}

static void write_texts(const char *label, const char *const *texts, size_t count)
{
    printf("%-22s", label);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? " " : "", stdout);
        printable_write(stdout, texts[i], 0);
    }
    fputs(count ? "\n" : "none\n", stdout);
}

static void write_health(const struct recording *r)
{
    char a[PRINTABLE_NUMBER];
    char b[PRINTABLE_NUMBER];
    const char *other = r->exited ? NULL : recording_other_host(r);
    char *unknown = other ? alloc_format("unknown: it ran on %s", other) : NULL;
    write_text("ended", unknown ? unknown
                                : model_ended_name(r->exited                 ? MODEL_ENDED_EXIT
                                                   : recording_is_running(r) ? MODEL_ENDED_RUNNING
                                                                             : MODEL_ENDED_KILLED));
    free(unknown);
    printf("%-22s%s used of %s\n", "bytes", printable_bytes(r->bytes_used, a), printable_bytes(r->bytes, b));
    write_text("file", r->end == STREAM_END_CLEAN && r->skipped + r->lost == 0 ? "whole"
                       : r->end == STREAM_END_CUT                              ? "cut off"
                                                                               : "damaged");
    write_number("records", r->records);
    write_number("  undecodable", r->skipped);
    write_number("  lost references", r->lost);
    write_number("groups", r->groups.count);
    write_number("statements", r->statements.count);
    write_number("databases", r->databases.count);
    write_number("stack nodes", r->stacks.count);
    write_number("frames", r->frames.count);
    write_number("modules", r->modules.count);
    write_number("edges", r->edges.count);
    write_number("shards", r->groups.count ? (uint64_t)r->shards + 1 : 0);
}

static void write_left_out(const struct recording *r)
{
    write_number("left out executions", r->left_out_executions);
    write_number("  rows", r->left_out_rows);
    write_number("  errors", r->left_out_errors);
    write_number("  groups and others", r->left_out_groups);
    write_number("  connections", r->left_out_connections);
    write_number("  out of memory", r->left_out_memory);
    write_number("  recording full", r->left_out_stream);
}

static void write_info(const struct recording *r)
{
    char digits[PRINTABLE_NUMBER];
    write_text("recording", r->path);
    write_text("program", r->exe ? r->exe : r->program);
    write_texts("command", r->command, r->command_count);
    printf("%-22s%u\n", "pid", r->pid);
    write_text("agent", r->agent_version);
    write_texts("stack walkers", r->walkers, r->walker_count);
    write_health(r);
    write_left_out(r);
    printf("%-22s1,000,000 ticks are %s\n", "clock", printable_time(recording_ns(r, 1000000), digits));
    for (size_t i = 0; i < r->note_count; i++)
        write_text("note", r->notes[i]);
}

static const struct verb_option options[] = {
    {0, NULL, "PATH", "a recording", false},
    {0},
};

static int run(const struct verb *verb, int argc, char **argv)
{
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1) {
        if (option == VERB_OPTION_DONE)
            return status;
    }
    if (argc - optind != 1)
        return verb_misused(verb, "give one recording");
    struct text_pool pool = {0};
    const char *error = NULL;
    struct recording *recording = recording_load(argv[optind], &pool, &error);
    if (recording)
        write_info(recording);
    else
        status = complain(argv[optind], "%s; give a recording", error);
    recording_destroy(recording);
    text_pool_finish(&pool);
    return verb_finish(status);
}

const struct verb verb_info = {
    .name = "info",
    .synopsis = "PATH",
    .summary = "Shows the health of a recording: records, bytes, how the program ended, what was left out.",
    .options = options,
    .run = run,
};
