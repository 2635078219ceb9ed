#include "exporter/formats/review/junit.h"

#include <inttypes.h>
#include <stdlib.h>

#include "exporter/base/alloc.h"
#include "exporter/base/clean_text.h"
#include "exporter/base/map.h"
#include "exporter/formats/escape.h"
#include "exporter/formats/review/finding.h"
#include "exporter/model/kind.h"

#define WIDTH        200 /* columns of a statement */
#define PROGRAMS_MAX 10  /* that are named */

struct test_case {
    const char *class;
    const char *name;
    uint64_t time_ns;
    uint32_t findings;
};

/* That a finding is in a case. */
struct failure {
    uint32_t in;
    uint32_t finding;
};

struct junit {
    const struct model *model;
    const struct format_options *options;
    FILE *out;
    struct text_pool pool;
    struct map known; /* text of the pool -> case */
    struct test_case *cases;
    uint32_t count, capacity;
    struct failure *failures;
    uint32_t failure_count, failure_capacity;
};

static uint32_t find_case(struct junit *w, const char *class, const char *name)
{
    char *key = alloc_format("%s\n%s", class, name);
    const char *kept = text_intern_string(&w->pool, key);
    bool added;
    uint32_t at = map_intern(&w->known, (uintptr_t)kept, w->count, &added);
    free(key);
    if (added) {
        ALLOC_GROW(w->cases, w->count, w->capacity);
        w->cases[w->count++] = (struct test_case){text_intern_string(&w->pool, class), text_intern_string(&w->pool, name), 0, 0};
    }
    return at;
}

static void add_failure(struct junit *w, uint32_t in, uint32_t finding)
{
    if (finding == MODEL_NONE || w->model->findings[finding].allowed)
        return;
    ALLOC_GROW(w->failures, w->failure_count, w->failure_capacity);
    w->failures[w->failure_count++] = (struct failure){in, finding};
    w->cases[in].findings++;
}

static void add_group(struct junit *w, const struct model_group *g)
{
    for (uint32_t i = 0; i < g->visit_count; i++)
        add_failure(w, find_case(w, "scope", w->model->visits[g->visit + i].scope), g->finding);
    if (g->visit_count > 0)
        return;
    struct review_place place = review_frame_place(w->model, g->location, w->options);
    uint32_t at = find_case(w, place.path ? place.path : "place", place.function ? place.function : "unknown");
    w->cases[at].time_ns += g->time_ns;
    add_failure(w, at, g->finding);
}

static int compare_failures(const void *a, const void *b)
{
    const struct failure *x = a;
    const struct failure *y = b;
    if (x->in != y->in)
        return x->in < y->in ? -1 : 1;
    return x->finding < y->finding ? -1 : x->finding > y->finding;
}

static void write_seconds(struct junit *w, uint64_t ns)
{
    uint64_t ms = (ns + 500000) / 1000000; /* the schema has three digits */
    fprintf(w->out, " time=\"%" PRIu64 ".%03u\"", ms / 1000, (unsigned)(ms % 1000));
}

/* A case has one failure: readers take the first, or the last. */
static void write_failure(struct junit *w, const struct test_case *c, const struct failure *failures)
{
    const struct model_finding *first = &w->model->findings[failures[0].finding];
    char *headline = review_headline(w->model, first, 0);
    fprintf(w->out, "\n      <failure type=\"%s\" message=\"", kind_of(first->kind)->name);
    escape_xml(w->out, headline);
    if (c->findings > 1)
        fprintf(w->out, " (and %u more)", c->findings - 1);
    fputs("\">", w->out);
    free(headline);
    for (uint32_t i = 0; i < c->findings; i++) {
        const struct model_finding *f = &w->model->findings[failures[i].finding];
        struct review_place place = review_line(w->model, f, w->options);
        char *line = review_headline(w->model, f, WIDTH);
        char *details = review_details_at_line(w->model, f, w->options);
        if (place.path)
            escape_xml(w->out, place.path);
        if (place.path && place.line > 0)
            fprintf(w->out, ":%u", place.line);
        fputs(place.path ? ": " : "", w->out);
        escape_xml(w->out, line);
        putc('\n', w->out);
        escape_xml(w->out, details);
        fprintf(w->out, "\nName: %016" PRIx64 "\n", f->signature);
        free(details);
        free(line);
    }
    fputs("</failure>\n    ", w->out);
}

static void write_cases(struct junit *w)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < w->count; i++) {
        const struct test_case *c = &w->cases[i];
        fputs("    <testcase classname=\"", w->out);
        escape_xml(w->out, c->class);
        fputs("\" name=\"", w->out);
        escape_xml(w->out, c->name);
        putc('"', w->out);
        write_seconds(w, c->time_ns);
        putc('>', w->out);
        if (c->findings > 0)
            write_failure(w, c, &w->failures[at]);
        fputs("</testcase>\n", w->out);
        at += c->findings;
    }
}

/* Groups of several programs are one in a model, so that their suite has the names of all. */
static void write_programs(struct junit *w)
{
    struct map seen = {0};
    for (uint32_t i = 0; i < w->model->process_count && seen.count < PROGRAMS_MAX; i++) {
        const char *program = w->model->processes[i].name;
        bool added;
        map_intern(&seen, (uintptr_t)text_intern_string(&w->pool, program ? program : "nplus1"), i, &added);
        if (!added)
            continue;
        fputs(seen.count > 1 ? ", " : "", w->out);
        escape_xml(w->out, program ? program : "nplus1");
    }
    map_finish(&seen);
}

static void write_suite(struct junit *w)
{
    const struct model *model = w->model;
    uint32_t failed = 0;
    for (uint32_t i = 0; i < w->count; i++)
        failed += w->cases[i].findings > 0;
    fputs("  <testsuite name=\"", w->out);
    write_programs(w);
    fprintf(w->out, "\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"0\"", w->count, failed);
    write_seconds(w, model->totals.time_ns);
    fputs(">\n", w->out);
    write_cases(w);
    if (!model_has_all(w->model))
        fputs("    <system-err>" REVIEW_MISSING "</system-err>\n", w->out);
    fputs("  </testsuite>\n", w->out);
}

void junit_write(const struct model *model, const struct format_options *options, FILE *out)
{
    struct junit w = {.model = model, .options = options, .out = out};
    for (uint32_t i = 0; i < model->group_count; i++)
        add_group(&w, &model->groups[i]);
    if (w.failure_count > 0)
        qsort(w.failures, w.failure_count, sizeof *w.failures, compare_failures);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
    write_suite(&w);
    fputs("</testsuites>\n", out);
    free(w.failures);
    free(w.cases);
    map_finish(&w.known);
    text_pool_finish(&w.pool);
}
