#include "viewer/top/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/describe.h"
#include "exporter/formats/printable.h"
#include "exporter/formats/text/parts.h"
#include "exporter/model/kind.h"
#include "exporter/model/names.h"

#define COLUMNS 46 /* of numbers and the mark, before the statement */

struct line {
    char *text;
    size_t size;
    FILE *out;
};

/* The stream writes into the struct, which stays where it is. */
static void line_begin(struct line *line)
{
    line->out = open_memstream(&line->text, &line->size);
    if (!line->out)
        abort();
}

static void line_end(struct view *view, struct line *line, enum view_style style)
{
    fclose(line->out);
    ALLOC_GROW(view->lines, view->count, view->capacity);
    view->lines[view->count++] = (struct view_line){line->text, style};
}

static void add_text(struct view *view, const char *label, const char *text, size_t width, enum view_style style)
{
    struct line line;
    line_begin(&line);
    fprintf(line.out, "%-11s", label);
    printable_write(line.out, text ? text : "", width > 20 ? width - 11 : 20);
    line_end(view, &line, style);
}

/* Text that takes several lines. */
static void add_paragraph(struct view *view, const char *label, const char *text, size_t width)
{
    size_t room = width > 31 ? width - 11 : 20;
    bool first = true;
    while (text && *text) {
        size_t length = strnlen(text, room + 1);
        size_t take = length;
        if (length > room) {
            take = room;
            while (take > room / 2 && text[take] != ' ')
                take--;
            while (take > 1 && ((unsigned char)text[take] & 0xc0) == 0x80) /* not within a character */
                take--;
        }
        char *part = alloc_format("%.*s", (int)take, text);
        add_text(view, first ? label : "", part, width, VIEW_PLAIN);
        free(part);
        text += take + (text[take] == ' ');
        first = false;
    }
}

static void write_heads(struct view *view, const struct top *top, size_t width)
{
    const struct model *model = top->model;
    uint32_t running = 0;
    char a[PRINTABLE_NUMBER];
    char b[PRINTABLE_NUMBER];
    for (uint32_t i = 0; i < model->process_count; i++)
        running += model->processes[i].ended == MODEL_ENDED_RUNNING;
    struct line line;
    line_begin(&line);
    fputs("nplus1 top: ", line.out);
    printable_write(line.out, model->process_count ? model->processes[0].name : "?", width > 60 ? width - 50 : 10);
    if (model->process_count > 1)
        fprintf(line.out, " and %u more", model->process_count - 1);
    fprintf(line.out, ", %u running, %s %s", running, printable_number(model->finding_count, a),
            text_plural(model->finding_count, "finding", "findings"));
    line_end(view, &line, VIEW_HEAD);
    line_begin(&line);
    fprintf(line.out, "%s executions a second, %.1f %% of a second in the database; ",
            printable_number((uint64_t)top->executions_s, a), 100 * top->time_share);
    fprintf(line.out, "%s %s and %s in all", printable_number(model->totals.executions, a),
            text_plural(model->totals.executions, "execution", "executions"), printable_time(model->totals.time_ns, b));
    line_end(view, &line, VIEW_PLAIN);
    line_begin(&line);
    fprintf(line.out, "by %s%s%s%s%s", top_sort_name(top->sort), top->findings_only ? ", findings only" : "",
            top->filter[0] ? ", with '" : "", top->filter, top->filter[0] ? "'" : "");
    line_end(view, &line, VIEW_DIM);
    line_begin(&line);
    fprintf(line.out, "  %10s %8s %11s %10s  %s", "exec/s", "time/s", "executions", "time", "statement and place");
    line_end(view, &line, VIEW_HEAD);
}

static void write_row(struct view *view, const struct top *top, const struct top_row *row, size_t width, enum view_style style)
{
    const struct model *model = top->model;
    const struct model_group *g = &model->groups[row->group];
    char digits[PRINTABLE_NUMBER];
    struct line line;
    line_begin(&line);
    fprintf(line.out, "%c %10s",
            row->finding == MODEL_NONE ? ' ' : "?!*"[model->findings[row->finding].confidence - VERDICT_POSSIBLE],
            printable_number((uint64_t)(row->executions_s + 0.5), digits));
    fprintf(line.out, " %7.1f%%", 100 * row->time_share);
    fprintf(line.out, " %11s", printable_number(row->executions, digits));
    fprintf(line.out, " %10s  ", printable_time(row->time_ns, digits));
    size_t room = width > COLUMNS + 20 ? width - COLUMNS : 20;
    size_t place = room / 3;
    size_t used = printable_write(line.out, model->statements[g->statement].text, room - place - 2);
    fprintf(line.out, "%*s", (int)(room - place - used), "");
    text_write_place(model, g->location, &(struct text_options){.width = place}, line.out, place);
    line_end(view, &line, style);
}

void view_table(struct view *view, const struct top *top, size_t width, size_t height, int first, bool marks_selected)
{
    int selected = top_selected(top);
    write_heads(view, top, width);
    for (uint32_t i = (uint32_t)first; i < top->row_count && (height == 0 || view->count < height); i++) {
        const struct top_row *row = &top->rows[i];
        write_row(view, top, row, width,
                  marks_selected && (int)i == selected ? VIEW_SELECTED
                  : row->finding != MODEL_NONE         ? VIEW_FINDING
                                                       : VIEW_PLAIN);
    }
    if (top->row_count == 0)
        add_text(view, "", "nothing to show so far", width, VIEW_DIM);
}

static void write_frame(struct view *view, const struct model_frame *f, size_t width)
{
    char *words = f->file ? alloc_format("%s  %s:%u", f->function, f->file, f->line)
                          : alloc_format("%s  %s", f->function, f->module ? f->module : "");
    add_text(view, "", words, width, f->in_app ? VIEW_PLAIN : VIEW_DIM);
    free(words);
}

void view_details(struct view *view, const struct top *top, const struct top_row *row, size_t width)
{
    const struct model *model = top->model;
    const struct model_group *g = &model->groups[row->group];
    const struct model_finding *f = row->finding != MODEL_NONE ? &model->findings[row->finding] : NULL;
    add_paragraph(view, "statement", model->statements[g->statement].text, width);
    if (f) {
        char *title = alloc_format("%s, %s", kind_of(f->kind)->name, model_confidence_name(f->confidence));
        char *what = describe_finding(model, f);
        add_text(view, "finding", title, width, VIEW_FINDING);
        add_paragraph(view, "what", what, width);
        if (f->parent != MODEL_NONE)
            add_paragraph(view, "parent", model->statements[model->groups[f->parent].statement].text, width);
        add_paragraph(view, "fix", f->advice.text, width);
        add_paragraph(view, "", f->advice.sql, width);
        free(what);
        free(title);
    }
    add_text(view, "stack", "the innermost frame first", width, VIEW_DIM);
    uint32_t node = g->stack;
    for (unsigned depth = 0; node != MODEL_NONE && depth < 200; depth++, node = model->nodes[node].parent)
        write_frame(view, &model->frames[model->nodes[node].frame], width);
}

void view_help(struct view *view)
{
    static const char *const lines[] = {
        "up, down, j, k     the row before, the next one; page up, page down",
        "enter              all of the row: finding, advice, parent, stack",
        "s                  sort by executions a second, time a second, executions, time",
        "/                  show rows whose statement or place has some words; enter ends, nothing shows all",
        "f                  findings only, and everything again",
        "?                  this page",
        "q, Esc             back, and out",
        "",
        "* proven   ! likely   ? possible",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        add_text(view, "", lines[i], 200, VIEW_PLAIN);
}

void view_finish(struct view *view)
{
    for (size_t i = 0; i < view->count; i++)
        free(view->lines[i].text);
    free(view->lines);
    *view = (struct view){.lines = NULL};
}
