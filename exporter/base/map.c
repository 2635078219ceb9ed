#include "exporter/base/map.h"

#include <stdlib.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"

struct map_slot {
    uint64_t key;
    uint32_t value;
    bool taken;
};

static uint32_t slot_of(const struct map *map, uint64_t key)
{
    return (uint32_t)hash_mix(key, HASH_K2) & (map->capacity - 1);
}

bool map_find(const struct map *map, uint64_t key, map_equal_fn equal, const void *wanted, uint32_t *ret)
{
    if (!map->capacity)
        return false;
    for (uint32_t i = slot_of(map, key); map->slots[i].taken; i = (i + 1) & (map->capacity - 1)) {
        if (map->slots[i].key == key && (!equal || equal(map->slots[i].value, wanted))) {
            *ret = map->slots[i].value;
            return true;
        }
    }
    return false;
}

static void insert(struct map *map, uint64_t key, uint32_t value)
{
    uint32_t i = slot_of(map, key);
    while (map->slots[i].taken)
        i = (i + 1) & (map->capacity - 1);
    map->slots[i] = (struct map_slot){key, value, true};
}

void map_add(struct map *map, uint64_t key, uint32_t value)
{
    if (map->count >= map->capacity - map->capacity / 4) {
        struct map old = *map;
        map->capacity = old.capacity ? old.capacity * 2 : 64;
        map->slots = alloc_zeroed(map->capacity, sizeof *map->slots);
        for (uint32_t i = 0; i < old.capacity; i++) {
            if (old.slots[i].taken)
                insert(map, old.slots[i].key, old.slots[i].value);
        }
        free(old.slots);
    }
    insert(map, key, value);
    map->count++;
}

uint32_t map_intern(struct map *map, uint64_t key, uint32_t value, bool *added)
{
    uint32_t old;
    *added = !map_find(map, key, NULL, NULL, &old);
    if (!*added)
        return old;
    map_add(map, key, value);
    return value;
}

void map_finish(struct map *map)
{
    free(map->slots);
    *map = (struct map){0};
}
