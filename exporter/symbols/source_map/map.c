#include "exporter/symbols/source_map/map.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"

#define SEGMENTS_MAX (4u << 20)
#define NO_SOURCE    UINT32_MAX

/* A place of the generated file, from 0, and what it was made of. In the order of the file. */
struct segment {
    uint32_t line, column;
    uint32_t source; /* NO_SOURCE: nothing */
    uint32_t source_line;
};

struct source_map {
    char *root;
    char **sources;
    uint32_t source_count;
    struct segment *segments;
    uint32_t count, capacity;
};

/* Where a list of mappings is; each number in it is a difference to the one before. */
struct mappings {
    const char *at;
    uint32_t line;
    int64_t column, source, source_line, source_column, name;
};

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* Five bits a digit, least first, the lowest bit of all is the sign. False: it is no number, or none of 32 bits. */
static bool number(struct mappings *m, int64_t *sum)
{
    uint64_t value = 0;
    int d;
    for (unsigned shift = 0;; shift += 5) {
        d = digit(*m->at);
        if (d < 0 || shift > 30)
            return false;
        m->at++;
        value |= (uint64_t)(d & 31) << shift;
        if (!(d & 32))
            break;
    }
    *sum += value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
    return *sum >= 0 && *sum < INT32_MAX;
}

static bool segment_ends(char c)
{
    return c == ',' || c == ';' || c == '\0';
}

/* One, four or five numbers: the column; source, line and column in it; a name. */
static bool add_segment(struct source_map *map, struct mappings *m)
{
    if (!number(m, &m->column) || map->count == SEGMENTS_MAX)
        return false;
    struct segment segment = {m->line, (uint32_t)m->column, NO_SOURCE, 0};
    if (!segment_ends(*m->at)) {
        if (!number(m, &m->source) || !number(m, &m->source_line) || !number(m, &m->source_column) ||
            (!segment_ends(*m->at) && !number(m, &m->name)) || !segment_ends(*m->at) || m->source >= map->source_count)
            return false;
        segment.source = (uint32_t)m->source;
        segment.source_line = (uint32_t)m->source_line;
    }
    ALLOC_GROW(map->segments, map->count, map->capacity);
    map->segments[map->count++] = segment;
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

/* Up to what is not understood. Columns of a line may come in any order. */
static void read_mappings(struct source_map *map, const char *text)
{
    struct mappings m = {.at = text};
    bool sorted = true;
    while (*m.at) {
        if (*m.at == ';') {
            m.line++;
            m.column = 0;
            m.at++;
        } else if (*m.at == ',') {
            m.at++;
        } else if (!add_segment(map, &m)) {
            break;
        }
        if (map->count > 1 && by_place(&map->segments[map->count - 2], &map->segments[map->count - 1]) > 0)
            sorted = false;
    }
    if (!sorted)
        qsort(map->segments, map->count, sizeof *map->segments, by_place);
}

/* Copied, so that the text's tree need not stay; NULL stays NULL. */
static char *copy(const char *text)
{
    char *copied = text ? strdup(text) : NULL;
    if (text && !copied)
        alloc_failed();
    return copied;
}

static struct source_map *read_map(json_t *root)
{
    json_t *sources = json_object_get(root, "sources");
    const char *mappings = json_string_value(json_object_get(root, "mappings"));
    const char *folder = json_string_value(json_object_get(root, "sourceRoot"));
    if (!mappings || !json_is_array(sources) || json_array_size(sources) > SEGMENTS_MAX ||
        json_integer_value(json_object_get(root, "version")) != 3)
        return NULL;
    struct source_map *map = alloc_zeroed(1, sizeof *map);
    map->root = copy(folder ? folder : "");
    map->source_count = (uint32_t)json_array_size(sources);
    map->sources = alloc_zeroed(map->source_count + 1, sizeof *map->sources);
    for (uint32_t i = 0; i < map->source_count; i++) {
        const char *source = json_string_value(json_array_get(sources, i)); /* null: nobody knows */
        if (source && source[0])
            map->sources[i] = copy(source);
    }
    read_mappings(map, mappings);
    return map;
}

struct source_map *source_map_parse(const char *text, size_t length)
{
    /* A first line that keeps it from being run as a script. */
    if (length > 3 && memcmp(text, ")]}", 3) == 0) {
        const char *end = memchr(text, '\n', length);
        if (!end)
            return NULL;
        length -= (size_t)(end - text);
        text = end;
    }
    json_t *root = json_loadb(text, length, 0, NULL);
    struct source_map *map = json_is_object(root) ? read_map(root) : NULL;
    json_decref(root);
    return map;
}

/* Behind the last segment that is not behind the place. */
static uint32_t behind(const struct source_map *map, uint32_t line, uint32_t column)
{
    uint32_t low = 0, high = map->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct segment *s = &map->segments[middle];
        if (s->line < line || (s->line == line && s->column <= column))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool source_map_find(const struct source_map *map, uint32_t line, uint32_t column, struct source_map_place *ret)
{
    if (!line)
        return false;
    uint32_t at = behind(map, line - 1, column ? column - 1 : 0);
    const struct segment *s = at > 0 ? &map->segments[at - 1] : NULL;
    /* A line begins with what indents it. */
    if ((!s || s->line != line - 1) && at < map->count)
        s = &map->segments[at];
    if (!s || s->line != line - 1 || s->source == NO_SOURCE || !map->sources[s->source])
        return false;
    *ret = (struct source_map_place){map->root, map->sources[s->source], s->source_line + 1};
    return true;
}

void source_map_destroy(struct source_map *map)
{
    if (!map)
        return;
    for (uint32_t i = 0; i < map->source_count; i++)
        free(map->sources[i]);
    free(map->sources);
    free(map->root);
    free(map->segments);
    free(map);
}
