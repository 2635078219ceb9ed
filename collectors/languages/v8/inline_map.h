/* The source map that a script carries in its last comment, for what was compiled in memory: tsx, ts-node and test runners hand
 * the machine other text than the file has, under the file's name. Nothing on disk says which line was which.
 *
 * Pure.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_V8_INLINE_MAP_H
#define NPLUS1_COLLECTORS_LANGUAGES_V8_INLINE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define V8_INLINE_MAP "data:application/json"

/* The line of the source, from 1, that a place of the script (both from 1) was made of. text: the comment's address, which is
 * decoded in place. path: the script's. False: it is no such map, it has other sources than the file of that path, as what a
 * compiler has written to disk, or nothing was made to the place. */
bool v8_inline_map_find(char *text, size_t length, const char *path, uint32_t line, uint32_t column, uint32_t *ret_line);

#endif
