#include "collectors/languages/v8/places.h"

#include <string.h>

#include "agent/base/hash.h"
#include "agent/base/lock.h"
#include "agent/base/memory.h"
#include "agent/base/table.h"

#define PLACES_MAX 65536
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
    while (*script) {
        if (is_address && *script == '%' && digit(script[1]) >= 0 && digit(script[2]) >= 0) {
            *ret++ = (char)(digit(script[1]) << 4 | digit(script[2]));
            script += 3;
        } else {
            *ret++ = *script++;
        }
    }
    *ret = '\0';
}

static struct v8_place *add(uint64_t key, const struct v8_frame *frame)
{
    struct v8_place *place = count < PLACES_MAX ? pool_alloc(&pool, sizeof *place) : NULL;
    char file[V8_TEXT];

    if (!place)
        return NULL;
    path_of(frame->script, file);
    place->key = key;
    place->line = frame->line;
    place->column = frame->column;
    place->function = keep(frame->function[0] ? frame->function : "<anonymous>");
    place->file = keep(file);
    if (!place->function || !place->file || !table_put(&places, key, place))
        return NULL;
    count++;
    return place;
}

const struct v8_place *v8_place(const struct v8_frame *frame)
{
    uint64_t key = hash_bytes(frame->script, strlen(frame->script), frame->line);
    struct v8_place *place;

    key = hash_bytes(frame->function, strlen(frame->function), key);
    if (frame->column > COLUMN_MAX)
        key = hash_mix(key, frame->column);
    if (key <= TABLE_DELETED || key == TABLE_NOBODY)
        key = TABLE_DELETED + 1;
    place = table_get(&places, key);
    if (place)
        return place;
    lock_take(&lock);
    place = table_get(&places, key);
    if (!place)
        place = add(key, frame);
    lock_release(&lock);
    return place;
}

void v8_places_reset_after_fork(void)
{
    lock = (struct lock){0};
}
