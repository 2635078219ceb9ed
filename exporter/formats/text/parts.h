/* The parts of the text report. Not for users of text.h. */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_PARTS_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_PARTS_H

#include "exporter/formats/text/report.h"

#define TEXT_FINDINGS_MAX 20 /* shown; the rest is counted */

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

/* The lines of a source file around one, when the file is there. */
void text_write_source(const struct text *text, const char *file, uint32_t line, size_t indent);

/* The findings as trees under their roots. */
void text_write_findings(const struct text *text);

/* The most expensive groups. */
void text_write_statements(const struct text *text);

/* What it all came to, what is missing, and how the processes ended. */
void text_write_summary(const struct text *text);

#endif
