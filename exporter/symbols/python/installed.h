/* What pip has put into a folder of any name (pip install --target, the archive of a cloud function): the records beside the
 * packages list their files. Reads the file system. One thread at a time. */
#ifndef NPLUS1_EXPORTER_SYMBOLS_PYTHON_INSTALLED_H
#define NPLUS1_EXPORTER_SYMBOLS_PYTHON_INSTALLED_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/base/clean_text.h"
#include "exporter/base/map.h"

/* Zero-initialise it. */
struct installed {
    struct map folders;  /* text of a pool -> index of its records */
    struct map packages; /* the same of a package's path -> whether a record has it */
    char **records;      /* of each folder one after the other; NULL: it has none */
    uint32_t count, capacity;
};

/* A file of Python, or a module of a package, by its full path. */
bool installed_has(struct installed *installed, struct text_pool *pool, const char *file);

void installed_finish(struct installed *installed);

#endif
