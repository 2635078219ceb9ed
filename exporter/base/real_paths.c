#include "exporter/base/real_paths.h"

#include <limits.h>
#include <stdlib.h>

#include "exporter/base/alloc.h"

const char *real_paths_of(struct real_paths *paths, struct text_pool *pool, const char *path)
{
    char real[PATH_MAX];
    bool added;
    const char *text = text_intern_string(pool, path);
    uint32_t index = map_intern(&paths->known, (uintptr_t)text, paths->count, &added);
    if (!added)
        return paths->paths[index];
    ALLOC_GROW(paths->paths, paths->count, paths->capacity);
    return paths->paths[paths->count++] = realpath(text, real) ? text_intern_string(pool, real) : text;
}

void real_paths_finish(struct real_paths *paths)
{
    map_finish(&paths->known);
    free(paths->paths);
}
