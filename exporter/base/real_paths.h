/* Paths without the symbolic links in them: a folder that is deployed anew under one name has several. One thread at a time. */
#ifndef NPLUS1_EXPORTER_BASE_REAL_PATHS_H
#define NPLUS1_EXPORTER_BASE_REAL_PATHS_H

#include "exporter/base/map.h"
#include "exporter/base/clean_text.h"

/* Zero-initialise it. */
struct real_paths {
    struct map known; /* text of a pool -> index */
    const char **paths;
    uint32_t count, capacity;
};

/* What the path is in the file system that the reader sees; itself where it is not there. In the pool. */
const char *real_paths_of(struct real_paths *paths, struct text_pool *pool, const char *path);

void real_paths_finish(struct real_paths *paths);

#endif
