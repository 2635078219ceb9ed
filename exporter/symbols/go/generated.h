/* Sources of Go that a tool wrote: they stand among the program's own, and say so in a line of their own before the package's
 * ("go help generate"). Reads the file system. One thread at a time. */
#ifndef NPLUS1_EXPORTER_SYMBOLS_GO_GENERATED_H
#define NPLUS1_EXPORTER_SYMBOLS_GO_GENERATED_H

#include <stdbool.h>

#include "exporter/base/clean_text.h"
#include "exporter/base/map.h"

/* Zero-initialise it. */
struct generated {
    struct map files; /* text of a pool -> whether a tool wrote it */
};

bool generated_is(struct generated *generated, struct text_pool *pool, const char *file);

void generated_finish(struct generated *generated);

#endif
