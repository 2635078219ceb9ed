#include "exporter/formats/metrics/otlp.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/path.h"
#include "exporter/formats/describe.h"
#include "exporter/formats/escape.h"
#include "exporter/formats/metrics/attributes.h"
#include "exporter/formats/packed.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"
#include "exporter/model/system.h"

#define CONVENTIONS "https://opentelemetry.io/schemas/1.33.0"
#define TIMES       "averages, end to end from the start of the process"

enum { TRACE_ID = 16, SPAN_ID = 8 };

/* A trace on its way: spans are numbered, and each begins where the one before it ended. */
struct trace {
    const struct model *model;
    const struct model_finding *finding;
    const struct format_options *options;
    FILE *out;
    uint8_t id[TRACE_ID];
    uint64_t seed;
    uint64_t now; /* unix ns */
};

static void put_number(uint8_t *bytes, uint64_t number)
{
    number += number == 0; /* all zeroes is no identifier */
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
}

static const struct model_process *first_process(const struct model *model)
{
    const struct model_process *first = model->process_count > 0 ? &model->processes[0] : NULL;
    for (uint32_t i = 1; i < model->process_count; i++) {
        if (model->processes[i].started_unix_ns < first->started_unix_ns)
            first = &model->processes[i];
    }
    return first;
}

static void begin(struct trace *t, uint64_t round)
{
    const struct model_process *p = first_process(t->model);
    uint64_t start = p ? p->started_unix_ns : 0;
    t->now = start;
    t->seed = hash_mix(hash_mix(hash_mix(t->finding->signature, start), p ? p->pid : 0), round);
    put_number(t->id, hash_mix(t->seed, UINT64_MAX));
    put_number(t->id + 8, hash_mix(t->seed, UINT64_MAX - 1));
}

static void set_id(const struct trace *t, uint64_t span, uint8_t bytes[SPAN_ID], ProtobufCBinaryData *ret)
{
    put_number(bytes, hash_mix(t->seed, span));
    *ret = (ProtobufCBinaryData){SPAN_ID, bytes};
}

static void add_code(struct attributes *a, const struct trace *t, uint32_t frame)
{
    if (frame == MODEL_NONE)
        return;
    const struct model_frame *f = &t->model->frames[frame];
    attributes_add_text(a, "code.function.name", strcmp(f->function, "?") != 0 ? f->function : NULL);
    attributes_add_text(a, "code.file.path", f->file ? path_shown(f->file, t->options->root) : NULL);
    if (f->file && f->line > 0)
        attributes_add_number(a, "code.line.number", f->line);
}

/* Attributes as a span has them behind its other fields: those of a statement's spans are the same. To be freed. */
static uint8_t *pack_attributes(struct attributes *a, size_t *ret_size)
{
    Otlp__Span span = OTLP__SPAN__INIT;
    span.n_attributes = a->count;
    span.attributes = a->list;
    *ret_size = otlp__span__get_packed_size(&span);
    uint8_t *bytes = alloc_resize(NULL, *ret_size, 1);
    otlp__span__pack(&span, bytes);
    return bytes;
}

/* number 0 is the root, whose identifier has no parent. */
static void write_span(const struct trace *t, uint64_t number, const char *name, Otlp__SpanKind kind, uint64_t start,
                       uint64_t end, const uint8_t *attributes, size_t size)
{
    enum { SPANS = 2 }; /* number in ScopeSpans */
    uint8_t id[SPAN_ID];
    uint8_t root[SPAN_ID];
    Otlp__Span span = OTLP__SPAN__INIT;
    span.trace_id = (ProtobufCBinaryData){TRACE_ID, (uint8_t *)t->id};
    set_id(t, number, id, &span.span_id);
    if (number > 0)
        set_id(t, 0, root, &span.parent_span_id);
    span.name = (char *)name;
    span.kind = kind;
    span.start_time_unix_nano = start;
    span.end_time_unix_nano = end;
    packed_head(t->out, SPANS, otlp__span__get_packed_size(&span) + size);
    packed_write(t->out, &span.base);
    fwrite_unlocked(attributes, 1, size, t->out);
}

static uint64_t average_ns(const struct model_group *g)
{
    return g->executions > 0 ? g->time_ns / g->executions : 0;
}

/* Spans of one statement, as many as the episode had and may be shown. */
static uint64_t write_queries(struct trace *t, uint32_t group, uint64_t count, uint64_t number)
{
    const struct model *model = t->model;
    const struct model_group *g = &model->groups[group];
    const struct model_statement *s = &model->statements[g->statement];
    const struct model_database *d = g->database != MODEL_NONE ? &model->databases[g->database] : NULL;
    struct attributes a;
    attributes_begin(&a);
    attributes_add_text(&a, "db.system.name", d ? system_of(d->system)->name : NULL);
    attributes_add_text(&a, "db.namespace", d ? d->name : NULL);
    attributes_add_text(&a, "server.address", d && d->host && d->host[0] ? d->host : NULL);
    attributes_add_text(&a, "db.operation.name", model_verb_name(s->verb));
    attributes_add_text(&a, "db.query.text", s->text);
    add_code(&a, t, g->location);
    size_t size;
    uint8_t *attributes = pack_attributes(&a, &size);
    for (uint64_t i = 0; i < count && i < OTLP_SPANS_MAX; i++) {
        uint64_t start = t->now;
        t->now += average_ns(g);
        write_span(t, number++, model_verb_name(s->verb), OTLP__SPAN_KIND__SPAN_KIND_CLIENT, start, t->now, attributes, size);
    }
    free(attributes);
    attributes_finish(&a);
    return number;
}

static void write_root(struct trace *t, uint64_t start, uint64_t count)
{
    const struct model *model = t->model;
    const struct model_finding *f = t->finding;
    const struct model_group *g = &model->groups[f->group];
    char *what = describe_finding(model, f);
    char signature[24];
    struct attributes a;
    snprintf(signature, sizeof signature, "%016llx", (unsigned long long)f->signature);
    attributes_begin(&a);
    attributes_add_text(&a, "nplus1.signature", signature);
    attributes_add_text(&a, "nplus1.kind", kind_of(f->kind)->name);
    attributes_add_text(&a, "nplus1.confidence", model_confidence_name(f->confidence));
    attributes_add_text(&a, "nplus1.finding", what);
    attributes_add_text(&a, "nplus1.advice", f->advice.text);
    attributes_add_text(&a, "nplus1.advice.sql", f->advice.sql);
    attributes_add_number(&a, "nplus1.executions", f->executions);
    attributes_add_number(&a, "nplus1.time_ns", f->time_ns);
    attributes_add_number(&a, "nplus1.spans_left_out", count > OTLP_SPANS_MAX ? count - OTLP_SPANS_MAX : 0);
    attributes_add_text(&a, "nplus1.scope", g->visit_count > 0 ? model->visits[g->visit].scope : NULL);
    attributes_add_text(&a, "nplus1.times", TIMES);
    add_code(&a, t, f->loop != MODEL_NONE ? f->loop : g->location);
    size_t size;
    uint8_t *attributes = pack_attributes(&a, &size);
    write_span(t, 0, kind_of(f->kind)->title, OTLP__SPAN_KIND__SPAN_KIND_INTERNAL, start, t->now, attributes, size);
    free(attributes);
    attributes_finish(&a);
    free(what);
}

static void write_scope(const struct trace *t)
{
    Otlp__Scope scope = OTLP__SCOPE__INIT;
    Otlp__ScopeSpans in_scope = OTLP__SCOPE_SPANS__INIT;
    scope.name = (char *)"nplus1";
    scope.version = (char *)NPLUS1_VERSION;
    in_scope.scope = &scope;
    packed_write(t->out, &in_scope.base);
}

static void write_resource(const struct trace *t, FILE *out)
{
    const struct model_process *p = first_process(t->model);
    Otlp__Resource resource = OTLP__RESOURCE__INIT;
    Otlp__ResourceSpans in_resource = OTLP__RESOURCE_SPANS__INIT;
    struct attributes a;
    attributes_begin(&a);
    attributes_add_text(&a, "service.name", t->options->service ? t->options->service : p && p->name ? p->name : "unknown");
    if (p)
        attributes_add_number(&a, "process.pid", p->pid);
    resource.n_attributes = a.count;
    resource.attributes = a.list;
    in_resource.resource = &resource;
    in_resource.schema_url = (char *)CONVENTIONS;
    packed_write(out, &in_resource.base);
    attributes_finish(&a);
}

/* The spans of a trace, as the content of a ScopeSpans. */
static void write_spans(struct trace *t)
{
    const struct model_finding *f = t->finding;
    uint64_t count = f->max_per_episode > 0 ? f->max_per_episode : f->executions;
    uint64_t start = t->now;
    uint64_t number = 1;
    write_scope(t);
    if (f->parent != MODEL_NONE && f->parent != f->group)
        number = write_queries(t, f->parent, 1, number);
    write_queries(t, f->group, count, number);
    write_root(t, start, count);
}

void otlp_write_finding(const struct model *model, uint32_t finding, uint64_t round, const struct format_options *options,
                        FILE *out)
{
    enum { RESOURCE_SPANS = 1, SCOPE_SPANS = 2 }; /* numbers of otlp.proto */
    struct packed_part resource;
    struct packed_part scope;
    struct trace t = {.model = model, .finding = &model->findings[finding], .options = options};
    begin(&t, round);
    packed_part_begin(&resource);
    write_resource(&t, resource.out);
    packed_part_begin(&scope);
    t.out = scope.out;
    write_spans(&t);
    packed_part_end(&scope, SCOPE_SPANS, resource.out);
    packed_part_end(&resource, RESOURCE_SPANS, out);
}

void otlp_write(const struct model *model, const struct format_options *options, FILE *out)
{
    for (uint32_t i = 0; i < model->finding_count; i++)
        otlp_write_finding(model, i, 0, options, out);
}
