/* Texts of a recording in the languages of other programs: whatever they hold, they stay text there.
 *
 * Each text becomes printable first (printable.h), so that no control character is left: newlines and tabs are blanks, others
 * visible escapes. Pure but for the stream; errors stay in it.
 */
#ifndef NPLUS1_EXPORTER_FORMATS_ESCAPE_H
#define NPLUS1_EXPORTER_FORMATS_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The text as it is printable, at most `width` columns (0: no limit). The caller frees it. */
char *escape_printable(const char *text, size_t width);

/* Content of an element, or an attribute's value in double quotes (XML 1.0). */
void escape_xml(FILE *out, const char *text);

/* A field of RFC 4180, in quotes where it needs them. What a spreadsheet would take for a formula begins with an apostrophe. */
void escape_csv(FILE *out, const char *text);

/* The message of a workflow command of GitHub, and a value of its properties. width as in printable.h. */
void escape_command(FILE *out, const char *text, size_t width);
void escape_property(FILE *out, const char *text, size_t width);

/* A label's value of OpenMetrics, in double quotes. */
void escape_label(FILE *out, const char *text);

/* Paths as relative references or paths of RFC 3986. */
void escape_uri(FILE *out, const char *path);

#endif
