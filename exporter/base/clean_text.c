#include "exporter/base/clean_text.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/hash.h"

size_t text_character(const char *text, size_t length)
{
    const unsigned char *p = (const unsigned char *)text;
    if (length == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n > length)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

/* Writes the cleaned text to out when that is not NULL; returns its length. */
static size_t clean(const char *text, size_t length, char *out)
{
    static const char hex[] = "0123456789abcdef";
    size_t n = 0;
    for (size_t i = 0; i < length;) {
        size_t size = text_character(text + i, length - i);
        if (size > 0 && text[i] != '\0') {
            if (out)
                memcpy(out + n, text + i, size);
            n += size;
            i += size;
            continue;
        }
        unsigned char byte = (unsigned char)text[i++];
        if (out)
            memcpy(out + n, (char[]){'\\', 'x', hex[byte >> 4], hex[byte & 15]}, 4);
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

const char *text_basename(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path;
}
