#include "exporter/formats/text/report.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"
#include "exporter/base/clean_text.h"
#include "exporter/formats/printable.h"
#include "exporter/formats/text/parts.h"

void text_style(const struct text *text, enum text_style style)
{
    static const char *const codes[] = {
        [TEXT_PLAIN] = "\033[0m",    [TEXT_BOLD] = "\033[1m",  [TEXT_DIM] = "\033[2m",   [TEXT_ALARM] = "\033[1;31m",
        [TEXT_WARNING] = "\033[33m", [TEXT_GOOD] = "\033[32m", [TEXT_CODE] = "\033[36m",
    };
    if (text->options->color)
        fputs(codes[style], text->out);
}

void text_styled(const struct text *text, enum text_style style, const char *words)
{
    text_style(text, style);
    fputs(words, text->out);
    text_style(text, TEXT_PLAIN);
}

const char *text_plural(uint64_t number, const char *one, const char *many)
{
    return number == 1 ? one : many;
}

/* Bytes of the text that make up its next line: up to the last blank that fits, or the whole width. */
static size_t line_length(const char *words, size_t width)
{
    char piece[512];
    size_t length = strlen(words);
    size_t fits = 0;
    if (width >= sizeof piece)
        width = sizeof piece - 1;
    for (size_t i = 0; i < length;) {
        size_t blank = strcspn(words + i, " \n\t");
        size_t end = i + blank;
        if (end >= sizeof piece)
            break;
        memcpy(piece, words, end);
        piece[end] = '\0';
        if (printable_width(piece) > width)
            break;
        fits = end;
        i = end + 1;
    }
    if (fits > 0)
        return fits;
    size_t cut = length < width ? length : width;
    while (cut > 1 && cut < length && ((unsigned char)words[cut] & 0xc0) == 0x80)
        cut--;
    return cut;
}

void text_paragraph(const struct text *text, const char *words, size_t indent, size_t max_lines)
{
    size_t width = text->options->width > indent + 20 ? text->options->width - indent : 20;
    for (size_t line = 1;; line++) {
        size_t length = line_length(words, width);
        bool last = words[length] == '\0';
        if (last || line == max_lines) {
            printable_write(text->out, words, width);
            putc('\n', text->out);
            return;
        }
        char *piece = strndup(words, length);
        if (piece)
            printable_write(text->out, piece, 0);
        free(piece);
        fprintf(text->out, "\n%*s", (int)indent, "");
        words += length;
        words += strspn(words, " ");
        if (!*words) {
            putc('\n', text->out);
            return;
        }
    }
}

static const char *shown_path(const char *path, const char *directory)
{
    if (directory && directory[0] == '/' && directory[1] && path_is_below(path, directory))
        return path + strlen(directory) + (directory[strlen(directory) - 1] != '/');
    return path;
}

/* "shop.c:42 in load()", or with the function first: "load() shop.c:42"; without debug information "load() shop+0x12f3". */
static void write_place(const struct model_frame *f, const char *file, const char *module, bool function_first, FILE *out,
                        size_t width)
{
    bool named = strcmp(f->function, "?") != 0;
    const char *parentheses = strchr(f->function, '(') ? "" : "()";
    char *place = !file     ? alloc_format("%s+0x%llx", module ? module : "?", (unsigned long long)f->offset)
                  : f->line ? alloc_format("%s:%u", file, f->line)
                            : alloc_format("%s", file);
    char *words = !named           ? alloc_format("%s", place)
                  : function_first ? alloc_format("%s%s %s", f->function, parentheses, place)
                                   : alloc_format("%s in %s%s", place, f->function, parentheses);
    printable_write(out, words, width);
    free(words);
    free(place);
}

void text_write_location(const struct model *model, uint32_t frame, const struct text_options *options, FILE *out, size_t width)
{
    const struct model_frame *f = frame != MODEL_NONE ? &model->frames[frame] : NULL;
    if (f)
        write_place(f, f->file ? shown_path(f->file, options->directory) : NULL,
                    f->module ? shown_path(f->module, options->directory) : NULL, false, out, width);
    else
        fputs("no stack", out);
}

void text_write_short_location(const struct model *model, uint32_t frame, FILE *out, size_t width)
{
    const struct model_frame *f = frame != MODEL_NONE ? &model->frames[frame] : NULL;
    if (f)
        write_place(f, text_basename(f->file), text_basename(f->module), true, out, width);
    else
        fputs("no stack", out);
}

static void write_programs(const struct text *t)
{
    const struct model *model = t->model;
    const char *program = model->process_count ? model->processes[0].program : "?";
    for (uint32_t i = 1; i < model->process_count; i++) {
        if (strcmp(model->processes[i].program, program) != 0) {
            fprintf(t->out, "%u processes", model->process_count);
            return;
        }
    }
    printable_write(t->out, program, 40);
    if (model->process_count > 1)
        fprintf(t->out, " (%u processes)", model->process_count);
}

struct sum {
    uint64_t findings;
    uint64_t n_plus_one; /* of them */
    uint64_t executions;
    uint64_t time_ns;
};

static struct sum add_up(const struct model *model, bool possible)
{
    struct sum sum = {0};
    for (uint32_t i = 0; i < model->finding_count; i++) {
        const struct model_finding *f = &model->findings[i];
        if ((f->confidence == VERDICT_POSSIBLE) != possible)
            continue;
        sum.findings++;
        sum.n_plus_one += f->kind == VERDICT_N_PLUS_ONE;
        sum.executions += f->executions;
        sum.time_ns += f->time_ns;
    }
    return sum;
}

/* The answer in one line. What is only possible must not look like an answer. */
static void write_verdict(const struct text *t)
{
    const struct model_totals *totals = &t->model->totals;
    struct sum found = add_up(t->model, false);
    struct sum possible = add_up(t->model, true);
    uint64_t others = found.findings - found.n_plus_one;
    char n[PRINTABLE_NUMBER];
    char m[PRINTABLE_NUMBER];
    text_style(t, found.findings > 0 ? TEXT_ALARM : TEXT_GOOD);
    if (found.n_plus_one > 0 && others > 0)
        fprintf(t->out, "%s N+1 and %s other %s found", printable_number(found.n_plus_one, n), printable_number(others, m),
                text_plural(others, "problem", "problems"));
    else if (others > 0)
        fprintf(t->out, "No N+1, but %s other %s found", printable_number(others, n), text_plural(others, "problem", "problems"));
    else if (found.n_plus_one > 0)
        fprintf(t->out, "%s N+1 found", printable_number(found.n_plus_one, n));
    else
        fputs("No N+1 found", t->out);
    text_style(t, TEXT_PLAIN);
    fputs(" in ", t->out);
    write_programs(t);
    fputs(": ", t->out);
    if (found.findings > 0)
        fprintf(t->out, "%s of ", printable_number(found.executions, n));
    fprintf(t->out, "%s %s, ", printable_number(totals->executions, n),
            text_plural(totals->executions, "statement", "statements"));
    if (found.findings > 0)
        fprintf(t->out, "%s of ", printable_time(found.time_ns, n));
    fprintf(t->out, "%s in the database", printable_time(totals->time_ns, n));
    if (possible.findings > 0)
        fprintf(t->out, "; %s possible", printable_number(possible.findings, n));
    putc('\n', t->out);
}

void text_write(const struct model *model, const struct text_options *options, FILE *out)
{
    struct text text = {model, options, out};
    write_verdict(&text);
    text_write_findings(&text);
    text_write_statements(&text);
    text_write_summary(&text);
}
