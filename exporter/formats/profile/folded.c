#include "exporter/formats/profile/folded.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"
#include "exporter/formats/escape.h"
#include "exporter/formats/profile/stacks.h"

/* The frames' names are made once: stacks share them. */
struct folded {
    const struct model *model;
    const struct format_options *options;
    FILE *out;
    char **names;
    uint64_t ns; /* of all groups so far */
};

static char *make_name(const char *text)
{
    char *name = escape_printable(text, 0);
    for (char *at = strchr(name, ';'); at; at = strchr(at, ';'))
        *at = ',';
    return name;
}

/* "load_orders (shop.c:42)"; without debug information "load_orders (shop)". */
static char *name_frame(const struct model_frame *f)
{
    const char *file = path_basename(f->file ? f->file : f->module);
    char *words = !file     ? alloc_format("%s", f->function)
                  : f->line ? alloc_format("%s (%s:%u)", f->function, file, f->line)
                            : alloc_format("%s (%s)", f->function, file);
    char *name = make_name(words);
    free(words);
    return name;
}

static void write_frame(const struct folded *w, uint32_t frame)
{
    if (!w->names[frame])
        w->names[frame] = name_frame(&w->model->frames[frame]);
    fputs_unlocked(w->names[frame], w->out);
    putc_unlocked(';', w->out);
}

static void write_stack(const struct folded *w, uint32_t node)
{
    uint32_t frames[STACKS_DEPTH_MAX];
    uint32_t depth = stacks_frames(w->model, node, frames);
    while (depth-- > 0)
        write_frame(w, frames[depth]);
}

static void write_statement(const struct folded *w, const char *statement)
{
    char *name = make_name(statement);
    fputs_unlocked(name, w->out);
    free(name);
}

/* Rounds the sum and not each part, so that the parts add up. */
static uint64_t take_us(struct folded *w, uint64_t ns)
{
    uint64_t before = w->ns / 1000;
    w->ns += ns;
    return w->ns / 1000 - before;
}

static void write_left_out(struct folded *w)
{
    const struct model_totals *t = &w->model->totals;
    uint64_t ns = t->time_ns > w->ns ? t->time_ns - w->ns : 0;
    uint64_t weight = w->options->weigh_by_time ? take_us(w, ns) : t->left_out;
    if (weight > 0)
        fprintf(w->out, "(left out of the recording) %" PRIu64 "\n", weight);
}

void folded_write(const struct model *model, const struct format_options *options, FILE *out)
{
    struct folded w = {.model = model, .options = options, .out = out};
    w.names = alloc_zeroed(model->frame_count, sizeof *w.names);
    for (uint32_t i = 0; i < model->group_count; i++) {
        const struct model_group *g = &model->groups[i];
        uint64_t weight = options->weigh_by_time ? take_us(&w, g->time_ns) : g->executions;
        if (weight == 0)
            continue;
        write_stack(&w, g->stack);
        write_statement(&w, model->statements[g->statement].text);
        fprintf(out, " %" PRIu64 "\n", weight);
    }
    write_left_out(&w);
    for (uint32_t i = 0; i < model->frame_count; i++)
        free(w.names[i]);
    free(w.names);
}
