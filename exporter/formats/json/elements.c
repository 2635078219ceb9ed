#include "exporter/formats/json/elements.h"

#include <stdlib.h>
#include <time.h>

#include "exporter/formats/describe.h"
#include "exporter/formats/json/parts.h"
#include "exporter/formats/source.h"
#include "exporter/model/callers.h"
#include "exporter/model/chain.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"
#include "exporter/model/system.h"

static void write_time(struct json_writer *json, const char *name, uint64_t unix_ns)
{
    char date[64];
    char text[96];
    struct tm tm;
    time_t seconds = (time_t)(unix_ns / 1000000000);
    if (unix_ns == 0 || !gmtime_r(&seconds, &tm) || strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm) == 0) {
        json_none(json, name);
        return;
    }
    snprintf(text, sizeof text, "%s.%06uZ", date, (unsigned)(unix_ns % 1000000000 / 1000));
    json_text(json, name, text);
}

void json_process(struct json_writer *json, const struct model_process *p)
{
    json_object_begin(json, NULL);
    json_number(json, "pid", p->pid);
    json_text(json, "program", p->program);
    json_text(json, "name", p->name);
    json_flat_array(json, "command");
    for (size_t i = 0; i < p->command_count; i++)
        json_text(json, NULL, p->command[i]);
    json_array_end(json);
    write_time(json, "started", p->started_unix_ns);
    json_text(json, "ended", model_ended_name(p->ended));
    json_text(json, "recording", p->recording);
    json_number(json, "left_out", p->left_out);
    json_number(json, "left_out_connections", p->left_out_connections);
    json_complete(json, p);
    json_object_end(json);
}

static void write_visit(struct json_writer *json, const struct model_visit *v)
{
    json_flat_object(json, NULL);
    json_text(json, "name", v->scope);
    if (v->allows)
        json_bool(json, "allows", true);
    json_number(json, "executions", v->executions);
    json_number(json, "entered", v->stays);
    json_object_end(json);
}

static void write_scopes(struct json_writer *json, const struct model *model, const struct model_group *g)
{
    json_array_begin(json, "scopes");
    for (uint32_t i = 0; i < g->visit_count; i++)
        write_visit(json, &model->visits[g->visit + i]);
    json_array_end(json);
}

/* Left out where there is one, which the group has; one that is listed with another one says with which. */
static void write_databases(struct json_writer *json, const struct model *model, const struct model_finding *f)
{
    uint32_t listed = model->groups[f->group].finding;
    if (listed != MODEL_NONE && model->findings[listed].group != f->group)
        json_id(json, "listed_with", model->findings[listed].group);
    if (f->databases < 2)
        return;
    json_array_begin(json, "databases");
    for (uint32_t i = f->group; i != MODEL_NONE; i = model->groups[i].next_of_finding) {
        const struct model_group *g = &model->groups[i];
        json_flat_object(json, NULL);
        json_text(json, "name", g->database != MODEL_NONE ? model->databases[g->database].name : NULL);
        json_id(json, "group", i);
        json_number(json, "executions", g->executions);
        json_object_end(json);
    }
    json_array_end(json);
}

/* Errors by the class of their SQLSTATE, which SQLite does not have. */
static void write_error_classes(struct json_writer *json, const struct model *model, const struct model_group *g)
{
    json_array_begin(json, "error_classes");
    for (uint32_t i = 0; i < g->tally_count; i++) {
        const struct model_tally *t = &model->tallies[g->tally + i];
        json_flat_object(json, NULL);
        json_text(json, "class", t->name[0] ? t->name : NULL);
        json_number(json, "executions", t->count);
        json_object_end(json);
    }
    json_array_end(json);
}

void json_group(struct json_writer *json, const struct model *model, uint32_t index, const uint32_t *numbers,
                struct json_frames *frames)
{
    const struct model_group *g = &model->groups[index];
    const struct model_database *d = g->database != MODEL_NONE ? &model->databases[g->database] : NULL;
    json_object_begin(json, NULL);
    json_number(json, "id", (uint64_t)index + 1);
    json_number(json, "executions", g->executions);
    json_number(json, "errors", g->errors);
    json_number(json, "distinct_values", g->distinct_values);
    json_number(json, "rows", g->rows);
    json_number(json, "time_ns", g->time_ns);
    json_statement(json, &model->statements[g->statement]);
    json_flat_object(json, "database");
    json_text(json, "system", d ? system_of(d->system)->name : NULL);
    json_text(json, "name", d ? d->name : NULL);
    json_object_end(json);
    if (numbers)
        json_flat_array(json, "stack");
    else
        json_array_begin(json, "stack");
    uint32_t node = g->stack;
    for (unsigned depth = 0; node != MODEL_NONE && depth < JSON_STACK_MAX; depth++, node = model->nodes[node].parent) {
        if (numbers)
            json_number(json, NULL, numbers[model->nodes[node].frame]);
        else if (frames)
            json_frames_write(frames, json, model->nodes[node].frame);
        else
            json_frame(json, &model->frames[model->nodes[node].frame]);
    }
    json_array_end(json);
    enum callers_way way = callers_way(model, index);
    if (way != CALLERS_ON_STACK)
        json_text(json, "caller", way == CALLERS_AWAIT ? "promise" : "unknown");
    json_location(json, model, g->location);
    write_scopes(json, model, g);
    write_error_classes(json, model, g);
    json_flat_object(json, "copied_bytes");
    json_number(json, "in", g->bytes_in);
    json_number(json, "out", g->bytes_out);
    json_object_end(json);
    json_object_end(json);
}

static void write_second(struct json_writer *json, const struct model *model, uint32_t edge)
{
    if (edge == MODEL_NONE) {
        json_none(json, "second");
        return;
    }
    const struct model_edge *e = &model->edges[edge];
    json_flat_object(json, "second");
    json_id(json, "group", e->parent);
    json_text(json, "column", e->column_name);
    json_number(json, "bits", e->bits);
    json_object_end(json);
}

/* Of other parents, whose rows other executions follow. */
static void write_also(struct json_writer *json, const struct model *model, const struct model_group *g)
{
    if (g->also == MODEL_NONE)
        return;
    json_array_begin(json, "also");
    for (uint32_t i = 0; i < model->edge_count; i++) {
        const struct model_edge *e = &model->edges[i];
        if (i == g->edge || !chain_share_out(model, e, &model->edges[g->edge]))
            continue;
        json_flat_object(json, NULL);
        json_id(json, "group", e->parent);
        json_text(json, "column", e->column_name);
        json_number(json, "matches", e->matches);
        json_number(json, "judged", e->judged);
        json_number(json, "bits", e->bits);
        json_object_end(json);
    }
    json_array_end(json);
}

/* What the same rows of the parent gave besides. */
static void write_companions(struct json_writer *json, const struct model *model, const struct model_group *g)
{
    if (g->companion == MODEL_NONE)
        return;
    json_array_begin(json, "beside");
    for (uint32_t i = g->companion; i != MODEL_NONE; i = model->edges[i].next_companion) {
        json_flat_object(json, NULL);
        json_text(json, "column", model->edges[i].column_name);
        json_number(json, "parameter", model->edges[i].parameter);
        json_object_end(json);
    }
    json_array_end(json);
}

/* How many executions of the parent caused how many of the child, by powers of two; empty in recordings that do not have it. */
static void write_episode_sizes(struct json_writer *json, const struct model_edge *e)
{
    json_array_begin(json, "episode_sizes");
    for (unsigned field = EDGE_EPISODES_OF_1; field <= EDGE_EPISODES_OF_512; field++) {
        if (e->counters[field - 1] == 0)
            continue;
        json_flat_object(json, NULL);
        json_number(json, "least", UINT64_C(1) << (field - EDGE_EPISODES_OF_1));
        json_number(json, "episodes", e->counters[field - 1]);
        json_object_end(json);
    }
    json_array_end(json);
}

/* The numbers that the kind rests on besides executions and values. */
static void write_evidence(struct json_writer *json, const struct model *model, const struct model_finding *f)
{
    const struct model_group *g = &model->groups[f->group];
    const struct model_edge *e = g->edge != MODEL_NONE ? &model->edges[g->edge] : NULL;
    json_flat_object(json, "evidence");
    for (const struct kind_field *field = kind_of(f->kind)->fields; field->name; field++) {
        uint64_t value = kind_value(field, model, f);
        if (field->is_evidence && !(field->is_left_out_at_0 && value == 0))
            json_number(json, field->name, value);
    }
    if (e) {
        json_number(json, "matches", e->matches);
        json_number(json, "judged", e->judged);
        json_number(json, "bits", e->bits);
        json_number(json, "in_order", e->in_order);
        json_number(json, "matched", e->matches);
        json_number(json, "searched", e->judged);
        write_second(json, model, g->second);
        if (!f->is_tied)
            write_companions(json, model, g);
        write_also(json, model, g);
        write_episode_sizes(json, e);
    }
    json_object_end(json);
}

#define EXCERPT 3 /* lines before and behind */

/* Of the line to look at: the loop's where it is known. */
static void write_source(struct json_writer *json, const struct model *model, const struct model_finding *f,
                         struct source_files *sources)
{
    uint32_t at = f->loop != MODEL_NONE ? f->loop : model->groups[f->group].location;
    const struct model_frame *frame = at != MODEL_NONE ? &model->frames[at] : NULL;
    struct source_lines lines;
    if (!frame || !source_read(sources, frame->file, frame->line, EXCERPT, EXCERPT, &lines)) {
        json_none(json, "source");
        return;
    }
    json_object_begin(json, "source");
    json_text(json, "file", frame->file);
    json_number(json, "line", frame->line);
    json_number(json, "first", lines.first);
    json_array_begin(json, "lines");
    for (uint32_t i = 0; i < lines.count; i++)
        json_text(json, NULL, lines.lines[i]);
    json_array_end(json);
    json_object_end(json);
    source_finish(&lines);
}

void json_finding(struct json_writer *json, const struct model *model, const struct model_finding *f,
                  struct source_files *sources)
{
    const struct model_edge *e = f->edge != MODEL_NONE ? &model->edges[f->edge] : NULL;
    json_object_begin(json, NULL);
    json_hex(json, "signature", f->signature);
    json_text(json, "kind", kind_of(f->kind)->name);
    json_text(json, "confidence", model_confidence_name(f->confidence));
    char *summary = describe_finding(model, f);
    json_text(json, "summary", summary);
    free(summary);
    json_id(json, "group", f->group);
    json_id(json, "parent", f->parent);
    json_text(json, "parent_column", e ? e->column_name : NULL);
    if (e && e->column_source)
        json_text(json, "parent_column_source", e->column_source);
    json_number_or_null(json, "parameter", e ? e->parameter : 0);
    json_number(json, "executions", f->executions);
    json_number(json, "distinct_values", f->distinct_values);
    json_number(json, "episodes", f->episodes);
    json_number(json, "max_per_episode", f->max_per_episode);
    json_number(json, "time_ns", f->time_ns);
    write_databases(json, model, f);
    write_scopes(json, model, &model->groups[f->group]);
    if (f->allowed)
        json_text(json, "allowed", f->allowed);
    write_evidence(json, model, f);
    json_location(json, model, model->groups[f->group].location);
    json_loop(json, model, f->loop);
    write_source(json, model, f, sources);
    json_id(json, "root", f->root);
    json_advice(json, &f->advice);
    json_object_end(json);
}
