/* Debug information that stands in files of its own: where distributions have it, beside the program, in debuginfod's cache. On
 * this machine only; each has to be of the build that asks, by its build-id. */
#ifndef NPLUS1_EXPORTER_SYMBOLS_DEBUG_FILES_H
#define NPLUS1_EXPORTER_SYMBOLS_DEBUG_FILES_H

#include <stddef.h>

/* A descriptor of the regular file; -1: it is none. */
int debug_files_open(const char *path);

/* That of a module which was read from `file` and names `link` (NULL: nothing); -1: there is none. ret_path is to be freed. */
int debug_files_find(const char *file, const char *link, const void *build_id, size_t length, char **ret_path);

#endif
