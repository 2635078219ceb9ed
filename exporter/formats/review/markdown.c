#include "exporter/formats/review/markdown.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/describe.h"
#include "exporter/formats/printable.h"
#include "exporter/formats/review/finding.h"
#include "exporter/formats/review/markdown_text.h"
#include "exporter/model/kind.h"

#define STATEMENT 2000 /* columns, of SQL */
#define NAME      200  /* columns, of a name or a path */
#define PROSE     1000
#define LAST_LINE 200 /* bytes that are kept for it */

struct markdown {
    const struct model *model;
    const struct format_options *options;
};

static const char *plural(uint64_t number, const char *one, const char *many)
{
    return number == 1 ? one : many;
}

/* The name that all processes have; NULL: they have several, or none. */
static const char *common_name(const struct model *model)
{
    const char *name = model->process_count > 0 ? model->processes[0].name : NULL;
    for (uint32_t i = 1; name && i < model->process_count; i++) {
        if (!model->processes[i].name || strcmp(model->processes[i].name, name) != 0)
            return NULL;
    }
    return name;
}

static void write_head(const struct markdown *w, FILE *out)
{
    const struct model *model = w->model;
    const struct model_totals *t = &model->totals;
    char number[PRINTABLE_NUMBER];
    char statements[PRINTABLE_NUMBER];
    char time[PRINTABLE_NUMBER];
    fprintf(out, "### nplus1: %s %s", model->finding_count > 0 ? printable_number(model->finding_count, number) : "no",
            plural(model->finding_count, "finding", "findings"));
    const char *name = common_name(model);
    if (name) {
        fputs(" in ", out);
        markdown_code(out, name, NAME);
    } else if (model->process_count > 1) {
        fprintf(out, " in %u processes", model->process_count);
    }
    fprintf(out, "\n\n%s %s of %s %s, %s in the database.\n", printable_number(t->executions, number),
            plural(t->executions, "execution", "executions"), printable_number(t->statements, statements),
            plural(t->statements, "statement", "statements"), printable_time(t->time_ns, time));
    if (!model_has_all(model))
        fputs("\n" REVIEW_MISSING "\n", out);
}

static void write_place(FILE *out, const char *label, struct review_place place)
{
    if (!place.path && !place.function)
        return;
    fprintf(out, "   - %s: ", label);
    if (place.path) {
        char *at = place.line > 0 ? alloc_format("%s:%u", place.path, place.line) : alloc_format("%s", place.path);
        markdown_code(out, at, NAME);
        free(at);
    }
    fputs(place.path && place.function ? " in " : "", out);
    if (place.function)
        markdown_code(out, place.function, NAME);
    putc('\n', out);
}

static void write_prose(FILE *out, const char *label, const char *words)
{
    if (!words)
        return;
    fprintf(out, "   - %s: ", label);
    markdown_prose(out, words, PROSE);
    putc('\n', out);
}

static void write_finding(const struct markdown *w, uint32_t index, FILE *out)
{
    const struct model *model = w->model;
    const struct model_finding *f = &model->findings[index];
    char *what = describe_finding(model, f);
    char *join = describe_join(model, f, false);
    char *also = describe_also(model, f);
    char *databases = describe_databases(model, f);
    char time[PRINTABLE_NUMBER];
    fprintf(out, "\n%" PRIu32 ". **%s**: ", index + 1, kind_of(f->kind)->title);
    markdown_prose(out, what, PROSE);
    fprintf(out, ", %s in the database\n\n", printable_time(f->time_ns, time));
    markdown_block(out, model->statements[model->groups[f->group].statement].text, STATEMENT, 3);
    putc('\n', out);
    if (f->loop != MODEL_NONE)
        write_place(out, "loop", review_frame_place(model, f->loop, w->options));
    write_place(out, "query", review_place(model, f->group, w->options));
    if (f->parent != MODEL_NONE && f->parent != f->group)
        write_place(out, "parent", review_place(model, f->parent, w->options));
    write_prose(out, "confidence", describe_confidence(f->kind, f->confidence, describe_why(model, f)));
    write_prose(out, "join", join);
    write_prose(out, "also", also);
    write_prose(out, "also on", databases);
    write_prose(out, "allowed", f->allowed);
    write_prose(out, "fix", f->advice.text);
    fprintf(out, "   - name: `%016" PRIx64 "`\n", f->signature);
    if (f->advice.sql) {
        fputs("\n   The statement instead:\n\n", out);
        markdown_block(out, f->advice.sql, STATEMENT, 3);
    }
    free(databases);
    free(also);
    free(join);
    free(what);
}

/* A part in memory, to see whether it fits. */
static size_t write_part(const struct markdown *w, uint32_t finding, size_t room, FILE *out)
{
    char *text = NULL;
    size_t size;
    FILE *part = open_memstream(&text, &size);
    if (!part)
        alloc_failed();
    if (finding == MODEL_NONE)
        write_head(w, part);
    else
        write_finding(w, finding, part);
    if (fclose(part) != 0)
        alloc_failed();
    bool fits = size <= room;
    if (fits)
        fwrite(text, 1, size, out);
    free(text);
    return fits ? size : 0;
}

void markdown_write(const struct model *model, const struct format_options *options, FILE *out)
{
    struct markdown w = {model, options};
    size_t limit = options->limit ? options->limit : MARKDOWN_LIMIT;
    size_t room = limit > LAST_LINE ? limit - LAST_LINE : 0;
    room -= write_part(&w, MODEL_NONE, room, out);
    for (uint32_t i = 0; i < model->finding_count; i++) {
        size_t size = write_part(&w, i, room, out);
        if (size == 0) {
            char number[PRINTABLE_NUMBER];
            fprintf(out, "\n%s more %s left out here: the comment has room for %zu characters. `nplus1 report` has all.\n",
                    printable_number(model->finding_count - i, number),
                    plural(model->finding_count - i, "finding is", "findings are"), limit);
            break;
        }
        room -= size;
    }
}
