/* Lines of source files, for reports. A recording can name any file: only regular ones of a sensible size are read, and for what
 * leaves the machine only those that the group or others may read, or that lie below the working directory. Any thread.
 */
#ifndef NPLUS1_EXPORTER_FORMATS_SOURCE_H
#define NPLUS1_EXPORTER_FORMATS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#define SOURCE_LINES 12

struct source_lines {
    uint32_t first; /* number of lines[0] */
    uint32_t count;
    char *lines[SOURCE_LINES]; /* without their ends; for source_finish to free */
};

/* The lines from `line - before` to `line + after`, as far as the file has them. False: it cannot be read, or ends before. */
bool source_read(const char *file, uint32_t line, uint32_t before, uint32_t after, bool leaves, struct source_lines *ret);
void source_finish(struct source_lines *lines);

#endif
