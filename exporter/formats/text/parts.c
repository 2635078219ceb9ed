#include "exporter/formats/text/parts.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/clean_text.h"
#include "exporter/base/path.h"
#include "exporter/formats/printable.h"

#define FUNCTION_LEAST 8 /* columns of a function's name that are worth showing */

void text_style(const struct text *text, enum text_style style)
{
    static const char *const codes[] = {
        [TEXT_PLAIN] = "\033[0m",    [TEXT_BOLD] = "\033[1m",  [TEXT_DIM] = "\033[2m",   [TEXT_ALARM] = "\033[1;31m",
        [TEXT_WARNING] = "\033[33m", [TEXT_GOOD] = "\033[32m", [TEXT_CODE] = "\033[36m",
    };
    const char *const *styles = text->options->styles;
    if (text->options->color)
        fputs(styles && styles[style] ? styles[style] : codes[style], text->out);
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

const char *text_round_trip(uint64_t ns, char out[TEXT_ROUND_TRIP])
{
    snprintf(out, TEXT_ROUND_TRIP, "%.6g ms", (double)ns / 1e6);
    return out;
}

/* Bytes of the text that make up its next line: up to the last blank that fits, or the whole width. */
static size_t line_length(const char *words, size_t width)
{
    char piece[512];
    char head[sizeof piece + 1];
    size_t length = strnlen(words, sizeof piece);
    size_t fits = 0;
    if (width >= sizeof piece)
        width = sizeof piece - 1;
    memcpy(head, words, length);
    head[length] = '\0';
    for (size_t i = 0; i < length;) {
        size_t blank = strcspn(head + i, " \n\t");
        size_t end = i + blank;
        if (end >= sizeof piece)
            break;
        memcpy(piece, head, end);
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

void text_label(const struct text *text, const char *label, size_t indent, size_t width)
{
    fprintf(text->out, "%*s", (int)indent, "");
    text_styled(text, TEXT_BOLD, label);
    fprintf(text->out, "%*s", (int)width - (int)strlen(label), "");
}

void text_field(const struct text *text, const char *label, size_t indent, size_t width, const char *words, size_t max_lines)
{
    text_label(text, label, indent, width);
    text_paragraph(text, words, indent + width, max_lines);
}

void text_note(const struct text *text, const char *whose, const char *words)
{
    text_style(text, TEXT_WARNING);
    fprintf(text->out, "note: %s%s", whose ? whose : "", whose ? ": " : "");
    text_paragraph(text, words, 6, 0);
    text_style(text, TEXT_PLAIN);
}

/* "shop.c:42", without debug information "shop+0x12f3"; to be freed. Where code is that belongs to no file says nothing to
 * anybody: it is elsewhere the next time. */
static char *describe_line(const struct model_frame *f, const char *directory)
{
    if (!f->file && !f->module)
        return alloc_format("code made at run time");
    if (!f->file)
        return alloc_format("%s+0x%llx", path_shown(f->module, directory), (unsigned long long)f->offset);
    return f->line ? alloc_format("%s:%u", path_shown(f->file, directory), f->line)
                   : alloc_format("%s", path_shown(f->file, directory));
}

static bool is_named(const struct model_frame *f)
{
    return strcmp(f->function, "?") != 0;
}

static const char *parentheses_of(const struct model_frame *f)
{
    return strchr(f->function, '(') ? "" : "()";
}

void text_write_location(const struct model *model, uint32_t frame, const struct text_options *options, FILE *out, size_t width)
{
    if (frame == MODEL_NONE) {
        fputs("unknown place", out);
        return;
    }
    const struct model_frame *f = &model->frames[frame];
    char *at = describe_line(f, options->directory);
    char *words = is_named(f) ? alloc_format("%s in %s%s", at, f->function, parentheses_of(f)) : alloc_format("%s", at);
    printable_write(out, words, width);
    free(words);
    free(at);
}

void text_write_line_of_source(const struct model *model, uint32_t frame, const struct text_options *options, FILE *out)
{
    char *at = frame != MODEL_NONE ? describe_line(&model->frames[frame], options->directory) : alloc_format("unknown place");
    printable_write(out, at, 0);
    free(at);
}

/* The end of a path that has folders left out until it fits, but for the file's name; the whole one when it fits. */
static const char *end_that_fits(const char *path, size_t width)
{
    size_t columns = printable_width(path);
    const char *end = path;
    for (const char *slash; columns > width && *end && (slash = strchr(end + 1, '/'));) {
        while (end < slash)
            end = printable_pass(end, &columns);
    }
    return end;
}

/* The last columns of a text with room for dots before them; the whole one when it fits. */
static const char *end_in_columns(const char *text, size_t width)
{
    size_t columns = printable_width(text);
    const char *end = text;
    while (*end && columns + (end > text ? strlen("...") : 0) > width)
        end = printable_pass(end, &columns);
    return end;
}

static void write_function(FILE *out, const char *function, size_t width)
{
    printable_write(out, function, width);
    putc(' ', out);
}

void text_write_path(const char *path, const struct text_options *options, FILE *out, size_t width)
{
    const char *shown = path_shown(path, options->directory);
    bool fits = printable_width(shown) <= width;
    fputs(fits ? "" : "...", out);
    printable_write(out, fits ? shown : end_that_fits(shown, width > 3 ? width - 3 : 0), 0);
}

void text_write_place(const struct model *model, uint32_t frame, const struct text_options *options, FILE *out, size_t width)
{
    static const char left_out[] = "...";
    if (frame == MODEL_NONE) {
        fputs("unknown place", out);
        return;
    }
    const struct model_frame *f = &model->frames[frame];
    char *at = describe_line(f, options->directory);
    char *function = is_named(f) ? alloc_format("%s%s", f->function, parentheses_of(f)) : alloc_format("%s", "");
    size_t named = printable_width(function) + (function[0] != '\0');
    size_t room = width > named + strlen(left_out) ? width - named - strlen(left_out) : 0;
    const char *end = named + printable_width(at) <= width ? at : end_that_fits(at, room);
    size_t used = printable_width(end) + (end > at ? strlen(left_out) : 0);
    if (named > 0 && named + used <= width)
        write_function(out, function, 0);
    else if (named > 0 && used + FUNCTION_LEAST < width)
        write_function(out, function, width - used - 1);
    else if (used > width)
        end = end_in_columns(at, width);
    fputs(end > at ? left_out : "", out);
    printable_write(out, end, 0);
    free(function);
    free(at);
}
