/* Texts of a recording, which may hold any bytes, as C strings that are safe to handle: valid UTF-8 without a NUL. What is not
 * is written out as \xNN. Other control characters stay: whoever writes the text escapes them for its medium.
 */
#ifndef NPLUS1_EXPORTER_BASE_CLEAN_TEXT_H
#define NPLUS1_EXPORTER_BASE_CLEAN_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "exporter/base/alloc.h"
#include "exporter/base/map.h"

/* Equal texts are one pointer. The strings live as long as the pool. One thread at a time. */
struct text_pool {
    struct arena *arena; /* zero-initialise the struct */
    struct map map;
    const char **texts;
    uint32_t count;
    uint32_t capacity;
};

const char *text_intern(struct text_pool *pool, const char *text, size_t length); /* cleaned */
const char *text_intern_string(struct text_pool *pool, const char *text);         /* cleaned; NULL stays NULL */
void text_pool_finish(struct text_pool *pool);

#endif
