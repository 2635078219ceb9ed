#include "exporter/formats/text/sums.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/map.h"
#include "exporter/formats/printable.h"

struct sum {
    const char *label;
    uint64_t executions, rows, time_ns, places, entered;
};

struct sums {
    struct sum *at;
    uint32_t count;
    size_t capacity;
    struct map by_label;
};

static bool has_label(uint32_t value, const void *data)
{
    const struct sums *s = data;
    return strcmp(s->at[value].label, s->at[s->count].label) == 0;
}

/* That of a label; labels are texts of the model. */
static struct sum *sum_of(struct sums *s, const char *label)
{
    uint32_t index;
    uint64_t key = hash_bytes(label, strlen(label), 0);
    ALLOC_GROW(s->at, s->count, s->capacity);
    s->at[s->count] = (struct sum){.label = label};
    if (map_find(&s->by_label, key, has_label, s, &index))
        return &s->at[index];
    map_add(&s->by_label, key, s->count);
    return &s->at[s->count++];
}

static int compare(const void *a, const void *b)
{
    const struct sum *x = a;
    const struct sum *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? 1 : -1;
    if (x->executions != y->executions)
        return x->executions < y->executions ? 1 : -1;
    return strcmp(x->label, y->label);
}

static void write_sums(const struct text *t, struct sums *s, const char *what, enum text_by by)
{
    bool of_scopes = by == TEXT_BY_SCOPE;
    size_t used = 3 + 12 + 12 + (of_scopes ? 0 : 12 + 10);
    size_t width = t->options->width > used + 20 ? t->options->width - used : 20;
    uint32_t most = t->options->rows ? t->options->rows : TEXT_ROWS;
    char digits[PRINTABLE_NUMBER];
    if (s->count > 1)
        qsort(s->at, s->count, sizeof *s->at, compare);
    text_style(t, TEXT_BOLD);
    if (of_scopes)
        fprintf(t->out, "\n   %10s  %10s  %s\n", "executions", "entered", what);
    else
        fprintf(t->out, "\n   %10s  %10s  %10s  %8s  %s\n", "executions", "rows", "time", "places", what);
    text_style(t, TEXT_PLAIN);
    for (uint32_t i = 0; i < s->count && i < most; i++) {
        const struct sum *sum = &s->at[i];
        fprintf(t->out, "   %10s", printable_number(sum->executions, digits));
        if (of_scopes) {
            fprintf(t->out, "  %10s", printable_number(sum->entered, digits));
        } else {
            fprintf(t->out, "  %10s", printable_number(sum->rows, digits));
            fprintf(t->out, "  %10s", printable_time(sum->time_ns, digits));
            fprintf(t->out, "  %8s", printable_number(sum->places, digits));
        }
        fputs("  ", t->out);
        if (by == TEXT_BY_FILE)
            text_write_path(sum->label, t->options, t->out, width);
        else
            printable_write(t->out, sum->label, width);
        putc('\n', t->out);
    }
    if (s->count > most)
        fprintf(t->out, "   and %s more\n", printable_number(s->count - most, digits));
    map_finish(&s->by_label);
    free(s->at);
}

static void add_group(struct sum *sum, const struct model_group *g)
{
    sum->executions += g->executions;
    sum->rows += g->rows;
    sum->time_ns += g->time_ns;
    sum->places++;
}

void text_write_sums_by_statement(const struct text *t)
{
    struct sums sums = {0};
    for (uint32_t i = 0; i < t->model->group_count; i++) {
        const struct model_group *g = &t->model->groups[i];
        add_group(sum_of(&sums, t->model->statements[g->statement].text), g);
    }
    write_sums(t, &sums, "statement", TEXT_BY_STATEMENT);
}

void text_write_sums_by_file(const struct text *t)
{
    struct sums sums = {0};
    for (uint32_t i = 0; i < t->model->group_count; i++) {
        const struct model_group *g = &t->model->groups[i];
        const struct model_frame *f = g->location != MODEL_NONE ? &t->model->frames[g->location] : NULL;
        add_group(sum_of(&sums, f && f->file ? f->file : f && f->module ? f->module : "unknown"), g);
    }
    write_sums(t, &sums, "file", TEXT_BY_FILE);
}

void text_write_sums_by_scope(const struct text *t)
{
    struct sums sums = {0};
    for (uint32_t i = 0; i < t->model->visit_count; i++) {
        const struct model_visit *v = &t->model->visits[i];
        struct sum *sum = sum_of(&sums, v->scope);
        sum->executions += v->executions;
        sum->entered = v->stays > sum->entered ? v->stays : sum->entered;
    }
    write_sums(t, &sums, "scope", TEXT_BY_SCOPE);
}
