#include "exporter/formats/text/parts.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/clean_text.h"
#include "exporter/base/path.h"
#include "exporter/formats/printable.h"

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

static const char *shown_path(const char *path, const char *directory)
{
    if (directory && directory[0] == '/' && directory[1] && path_is_below(path, directory))
        return path + strlen(directory) + (directory[strlen(directory) - 1] != '/');
    return path;
}

/* "shop.c:42 in load()", or with the function first: "load() shop.c:42"; without debug information "load() shop+0x12f3". */
static void write_frame(const struct model_frame *f, const char *file, const char *module, bool function_first, FILE *out,
                        size_t width)
{
    bool named = strcmp(f->function, "?") != 0;
    const char *parentheses = strchr(f->function, '(') ? "" : "()";
    char *at = !file     ? alloc_format("%s+0x%llx", module ? module : "?", (unsigned long long)f->offset)
               : f->line ? alloc_format("%s:%u", file, f->line)
                         : alloc_format("%s", file);
    char *words = !named           ? alloc_format("%s", at)
                  : function_first ? alloc_format("%s%s %s", f->function, parentheses, at)
                                   : alloc_format("%s in %s%s", at, f->function, parentheses);
    printable_write(out, words, width);
    free(words);
    free(at);
}

void text_write_location(const struct model *model, uint32_t frame, const struct text_options *options, FILE *out, size_t width)
{
    const struct model_frame *f = frame != MODEL_NONE ? &model->frames[frame] : NULL;
    if (f)
        write_frame(f, f->file ? shown_path(f->file, options->directory) : NULL,
                    f->module ? shown_path(f->module, options->directory) : NULL, false, out, width);
    else
        fputs("no stack", out);
}

void text_write_short_location(const struct model *model, uint32_t frame, FILE *out, size_t width)
{
    const struct model_frame *f = frame != MODEL_NONE ? &model->frames[frame] : NULL;
    if (f)
        write_frame(f, path_basename(f->file), path_basename(f->module), true, out, width);
    else
        fputs("no stack", out);
}
