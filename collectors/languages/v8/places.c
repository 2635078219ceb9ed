#include "collectors/languages/v8/places.h"

#include <string.h>

#include "agent/base/hash.h"
#include "agent/base/lock.h"
#include "agent/base/memory.h"
#include "agent/base/table.h"
#include "collectors/languages/v8/inline_map.h"

#define PLACES_MAX 65536
#define MAP_MAX    (4 << 20)
#define COLUMN_MAX 200 /* two calls on one line are one place, unless a program wrote the line */

/* Written under the lock. */
static struct lock lock;
static struct table places = TABLE_INIT;
static struct pool pool;
static uint32_t count;

static const char *keep(const char *text)
{
    size_t length = strlen(text);
    char *copy = pool_alloc(&pool, length + 1);

    if (copy)
        memcpy(copy, text, length);
    return copy;
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* file:///srv/my%20shop.mjs: modules are known by addresses, scripts by paths. */
static void path_of(const char *script, char *ret)
{
    static const char scheme[] = "file://";
    bool is_address = strncmp(script, scheme, strlen(scheme)) == 0;

    if (is_address)
        script += strlen(scheme);
    while (*script && !(is_address && (*script == '?' || *script == '#'))) { /* ./shop.mjs?changed: another copy of it */
        if (is_address && *script == '%' && digit(script[1]) >= 0 && digit(script[2]) >= 0) {
            *ret++ = (char)(digit(script[1]) << 4 | digit(script[2]));
            script += 3;
        } else {
            *ret++ = *script++;
        }
    }
    *ret = '\0';
}

static uint64_t key_of(const struct v8_frame *frame, uint32_t line, uint32_t column)
{
    uint64_t key = hash_bytes(frame->script, strlen(frame->script), line);

    key = hash_bytes(frame->function, strlen(frame->function), key);
    if (column)
        key = hash_mix(key, column);
    return key <= TABLE_DELETED || key == TABLE_NOBODY ? TABLE_DELETED + 1 : key;
}

static struct v8_place *add(uint64_t key, const struct v8_frame *frame, uint32_t line)
{
    struct v8_place *place = count < PLACES_MAX ? pool_alloc(&pool, sizeof *place) : NULL;
    char file[V8_TEXT];

    if (!place)
        return NULL;
    path_of(frame->script, file);
    place->key = key;
    place->line = line ? line : frame->line;
    place->column = line ? 1 : frame->column;
    place->function = keep(frame->function[0] ? frame->function : "<anonymous>");
    place->file = keep(file);
    if (!place->function || !place->file || !table_put(&places, key, place))
        return NULL;
    count++;
    return place;
}

/* The line that its text was compiled from in memory; 0: it is as it stands in its file. */
static uint32_t source_line(const struct v8_frame *frame)
{
    size_t size = frame->map_length + (size_t)1;
    char file[V8_TEXT], *text;
    uint32_t line = 0;

    if (frame->map_length == 0 || frame->map_length > MAP_MAX || !(text = memory_map(size)))
        return 0;
    path_of(frame->script, file);
    if (!v8_frame_map(frame, text) || !v8_inline_map_find(text, frame->map_length, file, frame->line, frame->column, &line))
        line = 0;
    memory_unmap(text, size);
    return line;
}

/* A place that was compiled in memory is known by where it is in the text that runs, too: several may be of one line. */
const struct v8_place *v8_place(const struct v8_frame *frame)
{
    bool has_column = frame->column > COLUMN_MAX || frame->map_length > 0;
    uint64_t key = key_of(frame, frame->line, has_column ? frame->column : 0), own = key;
    struct v8_place *place = table_get(&places, key);
    uint32_t line;

    if (place)
        return place;
    line = source_line(frame);
    if (line || frame->map_length > 0)
        own = key_of(frame, line ? line : frame->line, !line && frame->column > COLUMN_MAX ? frame->column : 0);
    lock_take(&lock);
    place = table_get(&places, own);
    if (!place)
        place = add(own, frame, line);
    if (place && own != key && !table_put(&places, key, place))
        place = NULL;
    lock_release(&lock);
    return place;
}

void v8_places_reset_after_fork(void)
{
    lock = (struct lock){0};
}
