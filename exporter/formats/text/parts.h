/* Parts that all texts for people are made of. Texts of recordings reach the output without control characters. Errors stay in
 * the stream. */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_PARTS_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_PARTS_H

#include <stdint.h>
#include <stdio.h>

#include "exporter/formats/text/options.h"
#include "exporter/model/model.h"

/* An output, and the model that is written; NULL where there is none. */
struct text {
    const struct model *model;
    const struct text_options *options;
    FILE *out;
};

enum text_style {
    TEXT_PLAIN,
    TEXT_BOLD,
    TEXT_DIM,
    TEXT_ALARM,
    TEXT_WARNING,
    TEXT_GOOD,
    TEXT_CODE,
};

void text_style(const struct text *text, enum text_style style);
void text_styled(const struct text *text, enum text_style style, const char *words); /* words: trusted */

/* A paragraph that starts in column `indent` (the cursor is there already) and goes on there in every further line; at most
 * max_lines, 0: no limit. Ends with a newline. */
void text_paragraph(const struct text *text, const char *words, size_t indent, size_t max_lines);

/* "executions" or "execution", by the number. */
const char *text_plural(uint64_t number, const char *one, const char *many);

/* A time to a database and back as people write it: "1 ms", "0.5 ms". */
#define TEXT_ROUND_TRIP 24
const char *text_round_trip(uint64_t ns, char out[TEXT_ROUND_TRIP]);

/* A label in bold behind `indent` blanks, filled up with blanks to `width` columns. */
void text_label(const struct text *text, const char *label, size_t indent, size_t width);

/* A labelled paragraph of at most max_lines, 0: no limit. */
void text_field(const struct text *text, const char *label, size_t indent, size_t width, const char *words, size_t max_lines);

/* A warning: a paragraph behind "note: ", and behind `whose` when that is not NULL. */
void text_note(const struct text *text, const char *whose, const char *words);

/* Without a newline: "src/shop.c:42 in load_orders()", at most `width` columns (0: no limit). */
void text_write_location(const struct model *model, uint32_t frame, const struct text_options *options, FILE *out, size_t width);

/* FILE:LINE alone, as compilers begin their messages. */
void text_write_line_of_source(const struct model *model, uint32_t frame, const struct text_options *options, FILE *out);

/* The function first: "load_orders() src/shop.c:42". What is too long loses folders in front, then the
 * function's end, then all of it: the line stays, "load_orders() .../shop.c:42", ".../shop.c:42". */
void text_write_place(const struct model *model, uint32_t frame, const struct text_options *options, FILE *out, size_t width);

/* A file: relative to the directory, and with folders left out in front until it fits. */
void text_write_path(const char *path, const struct text_options *options, FILE *out, size_t width);

#endif
