/* One configuration file, line by line. */
#ifndef NPLUS1_VIEWER_CONFIG_FILE_H
#define NPLUS1_VIEWER_CONFIG_FILE_H

#include <stdbool.h>

/* Calls `each` for every KEY = VALUE. What is no such line is complained about, with its place, and makes the result false; the
 * rest is read. A file that is not there is fine. follows: a symbolic link is no reason to leave it alone. */
bool config_file_read(const char *path, bool follows,
                      void (*each)(void *data, const char *section, const char *name, const char *value, unsigned line),
                      void *data);

#endif
