/* Lines of source files, for reports. A recording can name any file: only regular ones of a sensible size are read, and for what
 * leaves the machine only those that the group or others may read, or that lie below the working directory. Each is read once,
 * however many findings are in it, and of all together no more than a program's source has. One thread at a time.
 */
#ifndef NPLUS1_EXPORTER_FORMATS_SOURCE_H
#define NPLUS1_EXPORTER_FORMATS_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#define SOURCE_LINES 12
#define SOURCE_WIDTH 1000 /* bytes of a line; a bundled program is one line */

struct source_files;

struct source_files *source_files_create(bool leaves); /* leaves: what is read leaves the machine */
void source_files_destroy(struct source_files *files); /* takes NULL */

struct source_lines {
    uint32_t first; /* number of lines[0] */
    uint32_t count;
    char *lines[SOURCE_LINES]; /* without their ends, "..." for what is too long; for source_finish to free */
};

/* The lines from `line - before` to `line + after`, as far as the file has them. False: it cannot be read, or ends before. */
bool source_read(struct source_files *files, const char *name, uint32_t line, uint32_t before, uint32_t after,
                 struct source_lines *ret);
void source_finish(struct source_lines *lines);

#endif
