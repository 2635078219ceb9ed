/* Where a recording's identifiers are in a table. They count from 1, so that nearly all of them are places in a list; what a
 * damaged file makes up goes to a map. One thread at a time while loading, any thread to look up.
 */
#ifndef NPLUS1_EXPORTER_RECORDING_IDS_H
#define NPLUS1_EXPORTER_RECORDING_IDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/base/map.h"

struct ids {
    uint32_t *places; /* zero-initialise the struct; by id, from 1 on, 0: none */
    uint32_t capacity;
    struct map others;
};

/* False: it is taken. */
bool ids_add(struct ids *ids, uint32_t id, uint32_t place);

static inline bool ids_find(const struct ids *ids, uint32_t id, uint32_t *ret)
{
    if (id < ids->capacity && ids->places[id]) {
        *ret = ids->places[id] - 1;
        return true;
    }
    return ids->others.count > 0 && map_find(&ids->others, id, NULL, NULL, ret);
}

void ids_finish(struct ids *ids);

#endif
