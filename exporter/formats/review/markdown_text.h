/* Texts of a recording in Markdown, as GitHub and GitLab read it: no markup, no HTML, no link, nobody is notified and nothing is
 * referred to. Texts become printable first. Pure but for the stream; errors stay in it. */
#ifndef NPLUS1_EXPORTER_FORMATS_REVIEW_MARKDOWN_TEXT_H
#define NPLUS1_EXPORTER_FORMATS_REVIEW_MARKDOWN_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Prose, within a paragraph. At most `width` columns; 0: no limit. */
void markdown_prose(FILE *out, const char *text, size_t width);

/* A code span, not within a table. */
void markdown_code(FILE *out, const char *text, size_t width);

/* A block of SQL of its own, each line with `indent` blanks in front. */
void markdown_block(FILE *out, const char *text, size_t width, int indent);

#endif
