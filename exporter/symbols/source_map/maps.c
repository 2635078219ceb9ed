#include "exporter/symbols/source_map/maps.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/file.h"
#include "exporter/base/map.h"
#include "exporter/base/path.h"
#include "exporter/symbols/source_map/map.h"

#define FILE_MAX  ((size_t)64 << 20) /* bytes */
#define FILES_MAX 1024

/* A file and its map; NULL: it has none. */
struct known {
    char *file;
    char *folder; /* from where the map's names are relative */
    struct source_map *map;
};

struct source_maps {
    struct map by_file;
    struct known *known;
    uint32_t count, capacity;
};

struct source_maps *source_maps_create(void)
{
    return alloc_zeroed(1, sizeof(struct source_maps));
}

/* Behind the last comment that names a map: up to the line's end. */
static char *find_comment(const char *text, size_t length)
{
    static const char *const marks[] = {"//# sourceMappingURL=", "//@ sourceMappingURL="};
    const char *last = NULL;
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *at = text, *found;
        while ((found = memmem(at, length - (size_t)(at - text), marks[i], strlen(marks[i])))) {
            at = found + strlen(marks[i]);
            if (!last || at > last)
                last = at;
        }
    }
    return last ? strndup(last, strcspn(last, " \t\r\n")) : NULL;
}

static int base64_digit(unsigned char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = c ? strchr(digits, c) : NULL;
    return found ? (int)(found - digits) : -1;
}

/* In place; the length. Up to what is no digit. */
static size_t decode_base64(char *text)
{
    size_t length = 0;
    uint32_t bits = 0;
    unsigned have = 0;
    for (const char *at = text; base64_digit((unsigned char)*at) >= 0; at++) {
        bits = bits << 6 | (uint32_t)base64_digit((unsigned char)*at);
        have += 6;
        if (have >= 8) {
            have -= 8;
            text[length++] = (char)(bits >> have);
        }
    }
    return length;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* In place; the length. */
static size_t decode_percents(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        if (*at == '%' && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0) {
            *to++ = (char)(hex_digit(at[1]) << 4 | hex_digit(at[2]));
            at += 2;
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
    return (size_t)(to - text);
}

/* data:application/json;charset=utf-8;base64,... */
static struct source_map *parse_data(char *url)
{
    char *data = strchr(url, ',');
    if (!data)
        return NULL;
    bool is_base64 = data - url >= 7 && memcmp(data - 7, ";base64", 7) == 0;
    data++;
    return source_map_parse(data, is_base64 ? decode_base64(data) : decode_percents(data));
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? strndup(path, slash > path ? (size_t)(slash - path) : 1) : strdup("/");
}

static bool has_scheme(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    return length > 0 && strncmp(name + length, "://", 3) == 0;
}

static void read_map_file(struct known *known, const char *path)
{
    size_t length;
    char *text = file_read(path, FILE_MAX, &length);
    if (text && (known->map = source_map_parse(text, length)))
        known->folder = folder_of(path);
    free(text);
}

/* In the file, where its comment says, or under its own name. */
static void read_map(struct known *known)
{
    size_t length;
    char *text = file_read(known->file, FILE_MAX, &length);
    char *url = text ? find_comment(text, length) : NULL;
    char *folder = folder_of(known->file);
    char *path = NULL;
    free(text);
    if (url && strncmp(url, "data:", 5) == 0) {
        known->map = parse_data(url);
        known->folder = known->map ? strdup(folder) : NULL;
    } else if (url && url[0] && !has_scheme(url)) {
        decode_percents(url);
        path = path_normalise(folder, url);
    } else if (!url && text) {
        path = alloc_format("%s.map", known->file);
    }
    if (path)
        read_map_file(known, path);
    free(path);
    free(folder);
    free(url);
}

struct wanted {
    const struct source_maps *maps;
    const char *file;
};

static bool is_file(uint32_t value, const void *wanted)
{
    const struct wanted *w = wanted;
    return strcmp(w->maps->known[value].file, w->file) == 0;
}

static struct known *known_of(struct source_maps *maps, const char *file)
{
    struct wanted wanted = {maps, file};
    uint64_t key = hash_bytes(file, strlen(file), 0);
    uint32_t at;
    if (map_find(&maps->by_file, key, is_file, &wanted, &at))
        return &maps->known[at];
    if (maps->count == FILES_MAX)
        return NULL;
    ALLOC_GROW(maps->known, maps->count, maps->capacity);
    at = maps->count++;
    maps->known[at] = (struct known){.file = strdup(file)};
    if (!maps->known[at].file)
        alloc_failed();
    map_add(&maps->by_file, key, at);
    read_map(&maps->known[at]);
    return &maps->known[at];
}

/* The first of these folders, and of those above the map, that has it. */
static char *find_below(const char *directory, const char *folder, const char *name)
{
    char *path = path_normalise(directory ? directory : folder, name);
    if (access(path, F_OK) == 0)
        return path;
    char *above = strdup(folder);
    if (!above)
        alloc_failed();
    while (strlen(above) > 1) {
        char *other = path_normalise(above, name);
        if (access(other, F_OK) == 0) {
            free(path);
            free(above);
            return other;
        }
        free(other);
        char *next = folder_of(above);
        free(above);
        above = next;
    }
    free(above);
    return path;
}

/* webpack://shop/./src/orders.ts: a file below the folder that webpack was run in; what has no file of such a name
 * (webpack/runtime, external "pg") is webpack's own. */
static char *from_webpack(const char *directory, const char *folder, const char *source)
{
    const char *name = strchr(source + strlen("webpack://"), '/');
    if (!name || !name[1] || strncmp(name, "/webpack/", 9) == 0 || strncmp(name, "/external ", 10) == 0 || strchr(name, '"'))
        return strdup(source);
    char *copy = strdup(name + 1);
    if (!copy)
        alloc_failed();
    copy[strcspn(copy, "?")] = '\0'; /* behind it is what loaders want */
    char *path = find_below(directory, folder, copy);
    free(copy);
    return path;
}

static char *path_of(const char *directory, const char *folder, const char *source)
{
    if (strncmp(source, "webpack://", strlen("webpack://")) == 0)
        return from_webpack(directory, folder, source);
    if (strncmp(source, "file://", strlen("file://")) == 0) {
        char *path = strdup(source + strlen("file://"));
        if (path)
            decode_percents(path);
        return path;
    }
    return has_scheme(source) ? strdup(source) : path_normalise(folder, source);
}

bool source_maps_find(struct source_maps *maps, const char *directory, const char *file, uint32_t line, uint32_t column,
                      char **ret_file, uint32_t *ret_line)
{
    struct known *known = known_of(maps, file);
    struct source_map_place place;
    if (!known || !known->map || !source_map_find(known->map, line, column, &place))
        return false;
    size_t root = strlen(place.root);
    char *source = alloc_format("%s%s%s", place.root, root && place.root[root - 1] != '/' ? "/" : "", place.source);
    *ret_file = path_of(directory, known->folder, source);
    free(source);
    *ret_line = place.line;
    if (!*ret_file)
        alloc_failed();
    return true;
}

void source_maps_destroy(struct source_maps *maps)
{
    if (!maps)
        return;
    for (uint32_t i = 0; i < maps->count; i++) {
        free(maps->known[i].file);
        free(maps->known[i].folder);
        source_map_destroy(maps->known[i].map);
    }
    free(maps->known);
    map_finish(&maps->by_file);
    free(maps);
}
