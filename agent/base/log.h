/* The agent's only voice: stderr, silent unless NPLUS1_LOG asks, one write a line. Allocates nothing, preserves errno.
 *
 * Stderr is what descriptor 2 was at the start. A line that cannot be written at once is not written: nothing blocks, and no
 * signal is raised. Bytes that a terminal takes for commands are shown as question marks.
 */
#ifndef NPLUS1_AGENT_BASE_LOG_H
#define NPLUS1_AGENT_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_SILENT, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_start(void); /* called by the constructor; nothing is said before */
void log_set_level(enum log_level level);
bool log_enabled(enum log_level level);

/* One line, "nplus1: " before it. Formats without floating point only (those may allocate). */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The exception to silence: a setting that cannot be used or an output that cannot be written. Always printed. */
void log_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for a file whose name may be so long that what is wrong would not fit behind it. */
void log_complain_of_file(const char *path, const char *why);

#endif
