/* Text for people: nothing that a recording holds reaches a terminal as a control character, and numbers are easy to read.
 *
 * Pure but for the stream that is written to; errors stay in the stream.
 */
#ifndef NPLUS1_EXPORTER_FORMATS_PRINTABLE_H
#define NPLUS1_EXPORTER_FORMATS_PRINTABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Writes at most `width` columns (0: no limit), "..." for the rest. Newlines and tabs become blanks, other control characters,
 * bidirectional overrides and the like visible escapes. Returns the columns written. */
size_t printable_write(FILE *out, const char *text, size_t width);

/* Columns that the whole text takes. */
size_t printable_width(const char *text);

/* What stands behind the first character of a text that is not empty; *columns are the text's, and become those of the rest. */
const char *printable_pass(const char *text, size_t *columns);

/* 1234567 as "1,234,567". */
#define PRINTABLE_NUMBER 32
const char *printable_number(uint64_t number, char out[PRINTABLE_NUMBER]);

/* Nanoseconds as "850 ns", "12.3 us", "1.24 s", "2 min 5 s", ... */
const char *printable_time(uint64_t ns, char out[PRINTABLE_NUMBER]);

/* Bytes as "640 B", "1.5 MiB", ... */
const char *printable_bytes(uint64_t bytes, char out[PRINTABLE_NUMBER]);

#endif
