/* Whole files of somebody's, which may be anything. Any thread. */
#ifndef NPLUS1_EXPORTER_BASE_FILE_H
#define NPLUS1_EXPORTER_BASE_FILE_H

#include <stddef.h>

/* The contents with a NUL behind them, to be freed; NULL: it is no regular file of at most so many bytes, or cannot be read.
 * Never waits for a pipe or a terminal. */
char *file_read(const char *path, size_t most, size_t *ret_length);

#endif
