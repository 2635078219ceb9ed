#include "exporter/formats/metrics/csv.h"

#include <inttypes.h>
#include <string.h>

#include "exporter/base/path.h"
#include "exporter/formats/escape.h"
#include "exporter/formats/profile/stacks.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"
#include "exporter/model/system.h"

static void write_text(FILE *out, const char *text)
{
    putc_unlocked(',', out);
    if (text)
        escape_csv(out, text);
}

static void write_place(const struct model_frame *f, const struct format_options *options, FILE *out)
{
    write_text(out, f && f->file ? path_shown(f->file, options->root) : NULL);
    putc_unlocked(',', out);
    if (f && f->file && f->line > 0)
        fprintf(out, "%u", f->line);
    write_text(out, f && strcmp(f->function, "?") != 0 ? f->function : NULL);
}

static void write_finding(const struct model_finding *f, FILE *out)
{
    write_text(out, f ? kind_of(f->kind)->name : NULL);
    write_text(out, f ? model_confidence_name(f->confidence) : NULL);
    putc_unlocked(',', out);
    if (f)
        fprintf(out, "%016" PRIx64, f->signature);
    write_text(out, f ? f->advice.text : NULL);
    write_text(out, f ? f->advice.sql : NULL);
}

static void write_group(const struct model *model, const struct model_group *g, const struct format_options *options, FILE *out)
{
    const struct model_database *d = g->database != MODEL_NONE ? &model->databases[g->database] : NULL;
    const struct model_statement *s = &model->statements[g->statement];
    fprintf(out, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%016" PRIx64, g->executions, g->errors,
            g->distinct_values, g->rows, g->time_ns, s->fingerprint);
    write_text(out, d ? system_of(d->system)->name : NULL);
    write_text(out, d ? d->name : NULL);
    write_place(g->location != MODEL_NONE ? &model->frames[g->location] : NULL, options, out);
    write_text(out, s->text);
    write_finding(g->finding != MODEL_NONE ? &model->findings[g->finding] : NULL, out);
    fputs("\r\n", out);
}

static void write_left_out(const struct model *model, FILE *out)
{
    const struct model_totals *t = &model->totals;
    uint64_t errors = 0;
    uint64_t rows = 0;
    for (uint32_t i = 0; i < model->group_count; i++) {
        errors += model->groups[i].errors;
        rows += model->groups[i].rows;
    }
    uint64_t ns = stacks_left_out_ns(model);
    if (t->left_out > 0 || ns > 0)
        fprintf(out, "%" PRIu64 ",%" PRIu64 ",,%" PRIu64 ",%" PRIu64 ",,,,,,," STACKS_LEFT_OUT ",,,,,\r\n", t->left_out,
                t->errors > errors ? t->errors - errors : 0, t->rows > rows ? t->rows - rows : 0, ns);
}

void csv_write(const struct model *model, const struct format_options *options, FILE *out)
{
    fputs(
        "executions,errors,distinct_values,rows,time_ns,fingerprint,system,database,file,line,function,statement,kind,confidence,"
        "signature,advice,sql\r\n",
        out);
    for (uint32_t i = 0; i < model->group_count; i++)
        write_group(model, &model->groups[i], options, out);
    write_left_out(model, out);
}
