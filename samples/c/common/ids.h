/* A list of keys, for the samples that load all children at once. */
#ifndef NPLUS1_SAMPLES_C_COMMON_IDS_H
#define NPLUS1_SAMPLES_C_COMMON_IDS_H

#include <stddef.h>
#include <stdint.h>

struct ids {
    int64_t *values;
    size_t count;
    size_t capacity;
};

void ids_add(struct ids *ids, int64_t value);
size_t ids_distinct(struct ids *ids); /* sorts, drops what is there twice, returns what is left */
void ids_clear(struct ids *ids);

#endif
