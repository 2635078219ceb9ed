#include "exporter/base/clean_text.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/base/hex.h"
#include "exporter/base/utf8.h"

/* Writes the cleaned text to out when that is not NULL; returns its length. */
static size_t clean(const char *text, size_t length, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < length;) {
        size_t size = utf8_read(text + i, length - i, NULL);
        if (size > 0 && text[i] != '\0') {
            if (out)
                memcpy(out + n, text + i, size);
            n += size;
            i += size;
            continue;
        }
        if (out) {
            memcpy(out + n, "\\x", 2);
            hex_write_byte((unsigned char)text[i], out + n + 2);
        }
        i++;
        n += 4;
    }
    return n;
}

struct wanted {
    const struct text_pool *pool;
    const char *text;
    size_t length;
};

static bool same_text(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    const char *text = w->pool->texts[value];
    return strncmp(text, w->text, w->length) == 0 && text[w->length] == '\0';
}

static const char *intern_clean(struct text_pool *pool, const char *text, size_t length)
{
    struct wanted wanted = {pool, text, length};
    uint64_t hash = hash_bytes(text, length, 0);
    uint32_t index;
    if (map_find(&pool->map, hash, same_text, &wanted, &index))
        return pool->texts[index];
    if (!pool->arena)
        pool->arena = arena_create();
    char *copy = arena_alloc(pool->arena, length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    ALLOC_GROW(pool->texts, pool->count, pool->capacity);
    pool->texts[pool->count] = copy;
    map_add(&pool->map, hash, pool->count++);
    return copy;
}

const char *text_intern(struct text_pool *pool, const char *text, size_t length)
{
    if (length == 0)
        return intern_clean(pool, "", 0);
    size_t cleaned = clean(text, length, NULL);
    if (cleaned == length)
        return intern_clean(pool, text, length);
    char *copy = alloc_zeroed(cleaned + 1, 1);
    clean(text, length, copy);
    const char *interned = intern_clean(pool, copy, cleaned);
    free(copy);
    return interned;
}

const char *text_intern_string(struct text_pool *pool, const char *text)
{
    return text ? text_intern(pool, text, strlen(text)) : NULL;
}

void text_pool_finish(struct text_pool *pool)
{
    arena_destroy(pool->arena);
    map_finish(&pool->map);
    free(pool->texts);
    *pool = (struct text_pool){0};
}
