#include "exporter/formats/text/report.h"

#include <string.h>

#include "exporter/formats/printable.h"
#include "exporter/formats/text/findings.h"
#include "exporter/formats/text/parts.h"
#include "exporter/formats/text/sums.h"
#include "exporter/formats/text/tables.h"
#include "exporter/formats/text/trees.h"

static void write_programs(const struct text *t)
{
    const struct model *model = t->model;
    const char *program = model->process_count ? model->processes[0].name : "?";
    for (uint32_t i = 1; i < model->process_count; i++) {
        if (strcmp(model->processes[i].name, program) != 0) {
            fprintf(t->out, "%u processes", model->process_count);
            return;
        }
    }
    printable_write(t->out, program, 40);
    if (model->process_count > 1)
        fprintf(t->out, " (%u processes)", model->process_count);
}

/* Findings count once at a place, whatever ways lead there; executions and time are those of all ways. */
struct sum {
    uint64_t findings;
    uint64_t n_plus_one; /* of them */
    uint64_t executions;
    uint64_t time_ns;
};

static bool is_counted(const struct model_finding *f, bool possible)
{
    return !f->allowed && (f->confidence == VERDICT_POSSIBLE) == possible;
}

static struct sum add_up(const struct model *model, const struct trees *trees, bool possible)
{
    struct sum sum = {0};
    for (uint32_t i = 0; i < model->finding_count; i++) {
        const struct model_finding *f = &model->findings[i];
        if (!is_counted(f, possible))
            continue;
        sum.executions += f->executions_everywhere;
        sum.time_ns += f->time_ns_everywhere;
    }
    for (uint32_t i = 0; i < trees->count; i++) {
        for (uint32_t k = 0; k < trees->list[i].count; k++) {
            const struct model_finding *f = &model->findings[trees->list[i].findings[k]];
            sum.findings += is_counted(f, possible);
            sum.n_plus_one += is_counted(f, possible) && f->kind == VERDICT_N_PLUS_ONE;
        }
    }
    return sum;
}

/* The answer in one line. What is only possible must not look like an answer. */
static void write_verdict(const struct text *t, const struct trees *trees)
{
    const struct model_totals *totals = &t->model->totals;
    struct sum found = add_up(t->model, trees, false);
    struct sum possible = add_up(t->model, trees, true);
    uint64_t others = found.findings - found.n_plus_one;
    uint64_t allowed = 0;
    bool complete = model_has_all(t->model);
    char n[PRINTABLE_NUMBER];
    char m[PRINTABLE_NUMBER];
    for (uint32_t i = 0; i < t->model->finding_count; i++)
        allowed += t->model->findings[i].allowed != NULL;
    text_style(t, found.findings > 0 ? TEXT_ALARM : possible.n_plus_one > 0 || !complete ? TEXT_WARNING : TEXT_GOOD);
    if (found.n_plus_one > 0 && others > 0)
        fprintf(t->out, "%s N+1 and %s other %s found", printable_number(found.n_plus_one, n), printable_number(others, m),
                text_plural(others, "problem", "problems"));
    else if (others > 0 && possible.n_plus_one > 0)
        fprintf(t->out, "No sure N+1, but %s other %s found", printable_number(others, n),
                text_plural(others, "problem", "problems"));
    else if (others > 0)
        fprintf(t->out, "No N+1, but %s other %s found", printable_number(others, n), text_plural(others, "problem", "problems"));
    else if (found.n_plus_one > 0)
        fprintf(t->out, "%s N+1 found", printable_number(found.n_plus_one, n));
    else if (t->model->hidden_findings > 0)
        fputs("Nothing found of what was asked for", t->out);
    else
        fputs(possible.n_plus_one > 0 ? "No sure N+1 found" : "No N+1 found", t->out);
    text_style(t, TEXT_PLAIN);
    fputs(complete ? " in " : " in what there is of ", t->out); /* a clean bill of half a recording is none */
    write_programs(t);
    fputs(": ", t->out);
    if (found.findings > 0)
        fprintf(t->out, "%s of ", printable_number(found.executions, n));
    fprintf(t->out, "%s %s, ", printable_number(totals->executions, n),
            text_plural(totals->executions, "execution", "executions"));
    if (found.findings > 0)
        fprintf(t->out, "%s of ", printable_time(found.time_ns, n));
    fprintf(t->out, "%s in the database", printable_time(totals->time_ns, n));
    if (possible.findings > 0)
        fprintf(t->out, "; %s possible", printable_number(possible.findings, n));
    if (allowed > 0)
        fprintf(t->out, "; %s allowed", printable_number(allowed, n));
    putc('\n', t->out);
}

void text_write(const struct model *model, const struct text_options *options, FILE *out)
{
    struct text text = {model, options, out};
    struct trees *trees = trees_create(model);
    write_verdict(&text, trees);
    text_write_findings(&text, trees);
    switch (options->by) {
    case TEXT_BY_PLACE:
        text_write_statements(&text);
        break;
    case TEXT_BY_STATEMENT:
        text_write_sums_by_statement(&text);
        break;
    case TEXT_BY_FILE:
        text_write_sums_by_file(&text);
        break;
    case TEXT_BY_SCOPE:
        text_write_sums_by_scope(&text);
        break;
    }
    text_write_summary(&text);
    trees_destroy(trees);
}
