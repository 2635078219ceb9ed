/* What merging one kind of element has in common with another. */
#ifndef NPLUS1_EXPORTER_BUILD_MERGE_SAME_H
#define NPLUS1_EXPORTER_BUILD_MERGE_SAME_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "agent/base/hash.h"
#include "exporter/model/model.h"

/* An element, and the model in which an equal one is looked for. */
struct wanted {
    const struct model *model;
    const void *element;
};

/* Texts of the pool are equal when their pointers are; a few are literals. */
static inline uint64_t mix_text(uint64_t hash, const char *text)
{
    return text ? hash_bytes(text, strlen(text), hash) : hash_mix(hash, 1);
}

static inline bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

#endif
