/* A source map, version 3 (ECMA-426, tc39.es/ecma426): which place of which source each place of a generated file was made of.
 *
 * Whatever the text says, memory and time are bounded by its length. Maps that consist of others (sections) are not read.
 * Immutable once parsed, so that any thread may look.
 */
#ifndef NPLUS1_EXPORTER_SYMBOLS_SOURCE_MAP_MAP_H
#define NPLUS1_EXPORTER_SYMBOLS_SOURCE_MAP_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_map;

struct source_map_place {
    const char *root, *source; /* sourceRoot, which stands before the source's name; as long as the map lives */
    uint32_t line;             /* from 1 */
};

/* NULL: it is none. */
struct source_map *source_map_parse(const char *text, size_t length);

/* Line and column from 1; column 0: not known, the line's first place counts. False: it was made of nothing. */
bool source_map_find(const struct source_map *map, uint32_t line, uint32_t column, struct source_map_place *ret);

void source_map_destroy(struct source_map *map); /* takes NULL */

#endif
