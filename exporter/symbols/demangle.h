/* Names as compilers write them into object files, made readable. One thread at a time. */
#ifndef NPLUS1_EXPORTER_SYMBOLS_DEMANGLE_H
#define NPLUS1_EXPORTER_SYMBOLS_DEMANGLE_H

#include "exporter/base/clean_text.h"

/* The readable form of a linkage name, in the pool; the name itself when it is not mangled. NULL stays NULL. */
const char *demangle(struct text_pool *pool, const char *name);

/* "c++" or "rust" for a mangled name, "c" for any other. */
const char *demangle_language(const char *name);

#endif
