/* The report for people: what was found, where in the code, and what to do, within the width of a terminal.
 *
 * Whatever a recording holds, no control character of it reaches the output. The same model, options and source files give the
 * same bytes. One thread at a time; write errors stay in the stream.
 */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_REPORT_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "exporter/model/model.h"

struct text_options {
    size_t width; /* columns */
    bool color;
    const char *directory; /* paths below it are shown relative to it; may be NULL */
};

void text_write(const struct model *model, const struct text_options *options, FILE *out);

/* Without a newline: "src/shop.c:42 in load_orders()", at most `width` columns (0: no limit). */
void text_write_location(const struct model *model, uint32_t frame, const struct text_options *options, FILE *out, size_t width);

/* In short, the function first: "load_orders() shop.c:42". */
void text_write_short_location(const struct model *model, uint32_t frame, FILE *out, size_t width);

#endif
