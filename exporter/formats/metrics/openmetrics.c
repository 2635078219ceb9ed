#include "exporter/formats/metrics/openmetrics.h"

#include <inttypes.h>
#include <stdlib.h>

#include "exporter/base/alloc.h"
#include "exporter/base/clean_text.h"
#include "exporter/base/map.h"
#include "exporter/base/path.h"
#include "exporter/formats/escape.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"
#include "exporter/model/system.h"

/* Samples of one metric differ in their labels: groups with the same ones, which have different callers, are one series. */
struct series {
    const char *labels;
    uint64_t executions, errors, rows, time_ns;
};

struct openmetrics {
    const struct model *model;
    const struct format_options *options;
    FILE *out;
    struct text_pool pool;
    struct map known; /* labels in the pool -> series */
    struct series *series;
    uint32_t count, capacity;
};

static void write_label(FILE *out, const char *name, const char *value)
{
    fprintf(out, ",%s=\"", name);
    if (value)
        escape_label(out, value);
    putc('"', out);
}

static void write_place(const struct openmetrics *w, FILE *out, uint32_t frame)
{
    const struct model_frame *f = frame != MODEL_NONE ? &w->model->frames[frame] : NULL;
    write_label(out, "file", f && f->file ? path_shown(f->file, w->options->root) : NULL);
    fprintf(out, ",line=\"%u\"", f && f->file ? f->line : 0);
    write_label(out, "function", f ? f->function : NULL);
}

static const char *labels_of(struct openmetrics *w, const struct model_group *g)
{
    const struct model *model = w->model;
    const struct model_database *d = g->database != MODEL_NONE ? &model->databases[g->database] : NULL;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        alloc_failed();
    fprintf(out, "fingerprint=\"%016" PRIx64 "\"", model->statements[g->statement].fingerprint);
    write_label(out, "system", d ? system_of(d->system)->name : NULL);
    write_label(out, "database", d ? d->name : NULL);
    write_place(w, out, g->location);
    if (fclose(out) != 0)
        alloc_failed();
    const char *kept = text_intern(&w->pool, text, size);
    free(text);
    return kept;
}

static void add_group(struct openmetrics *w, const struct model_group *g)
{
    const char *labels = labels_of(w, g);
    bool added;
    uint32_t at = map_intern(&w->known, (uintptr_t)labels, w->count, &added);
    if (added) {
        ALLOC_GROW(w->series, w->count, w->capacity);
        w->series[w->count++] = (struct series){.labels = labels};
    }
    w->series[at].executions += g->executions;
    w->series[at].errors += g->errors;
    w->series[at].rows += g->rows;
    w->series[at].time_ns += g->time_ns;
}

static void write_family(struct openmetrics *w, const char *name, const char *type, const char *unit, const char *help)
{
    fprintf(w->out, "# TYPE %s %s\n", name, type);
    if (unit)
        fprintf(w->out, "# UNIT %s %s\n", name, unit);
    fprintf(w->out, "# HELP %s %s\n", name, help);
}

static void write_counter(struct openmetrics *w, const char *name, const char *help, size_t offset)
{
    write_family(w, name, "counter", NULL, help);
    for (uint32_t i = 0; i < w->count; i++) {
        const uint64_t *value = (const uint64_t *)(const void *)((const char *)&w->series[i] + offset);
        fprintf(w->out, "%s_total{%s} %" PRIu64 "\n", name, w->series[i].labels, *value);
    }
}

static void write_times(struct openmetrics *w)
{
    write_family(w, "nplus1_database_seconds", "counter", "seconds", "Time in the database.");
    for (uint32_t i = 0; i < w->count; i++)
        fprintf(w->out, "nplus1_database_seconds_total{%s} %" PRIu64 ".%09u\n", w->series[i].labels,
                w->series[i].time_ns / 1000000000, (unsigned)(w->series[i].time_ns % 1000000000));
}

/* Recordings of several agents can have one fingerprint with different texts; the first counts. */
static void write_statements(struct openmetrics *w)
{
    struct map seen = {0};
    write_family(w, "nplus1_statement", "info", NULL, "The normalised text behind a fingerprint.");
    for (uint32_t i = 0; i < w->model->statement_count; i++) {
        const struct model_statement *s = &w->model->statements[i];
        bool added;
        map_intern(&seen, s->fingerprint, i, &added);
        if (!added)
            continue;
        fprintf(w->out, "nplus1_statement_info{fingerprint=\"%016" PRIx64 "\"", s->fingerprint);
        write_label(w->out, "text", s->text);
        fputs("} 1\n", w->out);
    }
    map_finish(&seen);
}

/* A made-up recording may have findings that share a signature: the number tells them apart. */
static void write_findings(struct openmetrics *w)
{
    struct map seen = {0};
    uint32_t *counts = alloc_zeroed((size_t)w->model->finding_count + 1, sizeof *counts);
    write_family(w, "nplus1_finding_executions", "gauge", NULL, "Executions that a finding is about.");
    for (uint32_t i = 0; i < w->model->finding_count; i++) {
        const struct model_finding *f = &w->model->findings[i];
        const struct model_group *g = &w->model->groups[f->group];
        bool added;
        uint32_t number = counts[map_intern(&seen, f->signature, i, &added)]++;
        fprintf(w->out, "nplus1_finding_executions{signature=\"%016" PRIx64 "\",number=\"%u\",kind=\"%s\",confidence=\"%s\"",
                f->signature, number + 1, kind_of(f->kind)->name, model_confidence_name(f->confidence));
        fprintf(w->out, ",fingerprint=\"%016" PRIx64 "\"", w->model->statements[g->statement].fingerprint);
        write_place(w, w->out, g->location);
        fprintf(w->out, "} %" PRIu64 "\n", f->executions_everywhere);
    }
    free(counts);
    map_finish(&seen);
}

void openmetrics_write(const struct model *model, const struct format_options *options, FILE *out)
{
    struct openmetrics w = {.model = model, .options = options, .out = out};
    for (uint32_t i = 0; i < model->group_count; i++)
        add_group(&w, &model->groups[i]);
    write_counter(&w, "nplus1_executions", "Executions of a statement.", offsetof(struct series, executions));
    write_counter(&w, "nplus1_errors", "Executions that failed.", offsetof(struct series, errors));
    write_counter(&w, "nplus1_rows", "Rows of results.", offsetof(struct series, rows));
    write_times(&w);
    write_family(&w, "nplus1_left_out_executions", "counter", NULL, "Executions that belong to no recorded group.");
    fprintf(out, "nplus1_left_out_executions_total %" PRIu64 "\n", model->totals.left_out);
    write_statements(&w);
    write_findings(&w);
    fputs("# EOF\n", out);
    free(w.series);
    map_finish(&w.known);
    text_pool_finish(&w.pool);
}
