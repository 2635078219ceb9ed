/* A hash map from 64-bit keys to 32-bit values, open addressing. One thread at a time.
 *
 * Used in two ways: the key is the whole identity (an id, a pair of them), equal is NULL; or the key is a hash and `equal` says
 * whether the element behind a value is the one that is looked for.
 */
#ifndef NPLUS1_EXPORTER_BASE_MAP_H
#define NPLUS1_EXPORTER_BASE_MAP_H

#include <stdbool.h>
#include <stdint.h>

struct map_slot;

struct map {
    struct map_slot *slots; /* zero-initialise the struct; capacity is a power of two */
    uint32_t capacity;
    uint32_t count;
};

typedef bool (*map_equal_fn)(uint32_t value, const void *wanted);

bool map_find(const struct map *map, uint64_t key, map_equal_fn equal, const void *wanted, uint32_t *ret);

/* Adds without looking for an older entry. */
void map_add(struct map *map, uint64_t key, uint32_t value);

/* The value of the key, or `value` after adding it: *added tells which. */
uint32_t map_intern(struct map *map, uint64_t key, uint32_t value, bool *added);

void map_finish(struct map *map);

#endif
