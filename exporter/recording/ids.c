#include "exporter/recording/ids.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"

#define ROOM_FIRST 64

/* Identifiers of our agent come in their order. A list that is filled up to `place` has room for twice as many. */
static bool make_room(struct ids *ids, uint32_t id, uint32_t place)
{
    if (id < ids->capacity)
        return true;
    if (id > ROOM_FIRST && id / 2 > place)
        return false;
    uint32_t capacity = id < ROOM_FIRST ? ROOM_FIRST : id > UINT32_MAX / 2 ? UINT32_MAX : 2 * id;
    ids->places = alloc_resize(ids->places, capacity, sizeof *ids->places);
    memset(ids->places + ids->capacity, 0, (capacity - ids->capacity) * sizeof *ids->places);
    ids->capacity = capacity;
    return true;
}

bool ids_add(struct ids *ids, uint32_t id, uint32_t place)
{
    uint32_t old;
    if (ids_find(ids, id, &old))
        return false;
    if (make_room(ids, id, place))
        ids->places[id] = place + 1;
    else
        map_add(&ids->others, id, place);
    return true;
}

void ids_finish(struct ids *ids)
{
    free(ids->places);
    map_finish(&ids->others);
    *ids = (struct ids){0};
}
