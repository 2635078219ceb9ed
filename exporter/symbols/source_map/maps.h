/* The source maps of files, each read once: named by the comment at a file's end, in it (data:) or beside it, or beside it under
 * its name with .map. Only local, regular files of a sensible size are read, nothing is ever downloaded.
 *
 * One thread at a time.
 */
#ifndef NPLUS1_EXPORTER_SYMBOLS_SOURCE_MAP_MAPS_H
#define NPLUS1_EXPORTER_SYMBOLS_SOURCE_MAP_MAPS_H

#include <stdbool.h>
#include <stdint.h>

struct source_maps;

struct source_maps *source_maps_create(void);

/* What a place of a file (an absolute path) was made of. The path is absolute where the map's names lead to one, else what the
 * map says; the caller frees it. directory: that the program ran in, NULL when it is not known; bundlers name files from there.
 * False: there is no map, or it says nothing of the place. */
bool source_maps_find(struct source_maps *maps, const char *directory, const char *file, uint32_t line, uint32_t column,
                      char **ret_file, uint32_t *ret_line);

void source_maps_destroy(struct source_maps *maps); /* takes NULL */

#endif
