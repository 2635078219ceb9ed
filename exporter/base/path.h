/* Paths as text: nothing here looks at the file system. Safe from any thread. */
#ifndef NPLUS1_EXPORTER_BASE_PATH_H
#define NPLUS1_EXPORTER_BASE_PATH_H

#include <stdbool.h>

/* The path without "." and "x/..", under the directory when it is relative; directory may be NULL. The caller frees it. */
char *path_normalise(const char *directory, const char *path);

/* Whether the path lies below the directory. */
bool path_is_below(const char *path, const char *directory);

/* The path as seen from the directory when it lies below it, else the path itself; directory may be NULL. */
const char *path_shown(const char *path, const char *directory);

/* Whether they name one file, /bin/x and /usr/bin/x among it. */
bool path_is_same(const char *a, const char *b);

/* The last component; NULL stays NULL. */
const char *path_basename(const char *path);

/* Belongs to the system: /usr/lib, /lib64, headers, ... */
bool path_is_system_library(const char *path);
bool path_is_system_program(const char *path); /* /usr/bin, /sbin, ... */

#endif
