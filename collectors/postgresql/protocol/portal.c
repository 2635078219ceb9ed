#include "collectors/postgresql/protocol/portal.h"

#include <string.h>

#include "agent/base/memory.h"
#include "agent/base/table.h"

#define SHAPES_MAX 8192

static struct lock lock; /* guards memory of portals and shapes */
static struct slab slab = {.size = sizeof(struct portal)};
static struct pool shape_pool;
static struct table shapes = TABLE_INIT; /* by a hash of their columns */
static uint32_t shape_count;

struct portal *portal_find_named(const struct portals *portals, uint64_t name)
{
    struct portal *portal = portals->first;

    while (portal && portal->name != name)
        portal = portal->next;
    return portal;
}

struct portal *portal_bind_named(struct portals *portals, uint64_t name)
{
    struct portal *portal = portal_find_named(portals, name);

    if (portal || portals->count == PORTALS_MAX || !lock_take_briefly(&lock))
        return portal;
    portal = slab_take(&slab);
    lock_release_brief(&lock);
    if (portal) {
        portal->next = portals->first;
        portals->first = portal;
        portals->count++;
    }
    return portal;
}

void portal_close(struct portals *portals, uint64_t name)
{
    struct portal **link = &portals->first, *portal;

    if (name == PQ_SQL_UNNAMED) {
        portals->has_unnamed = false;
        return;
    }
    while (*link && (*link)->name != name)
        link = &(*link)->next;
    portal = *link;
    if (!portal || !lock_take_briefly(&lock))
        return;
    *link = portal->next;
    portals->count--;
    slab_give(&slab, portal);
    lock_release_brief(&lock);
}

void portals_close_named(struct portals *portals)
{
    while (portals->first) {
        uint32_t count = portals->count;
        portal_close(portals, portals->first->name);
        if (portals->count == count)
            return;
    }
}

const struct shape *shape_intern(const struct shape_column *columns, uint32_t count)
{
    size_t size = count * sizeof *columns;
    uint64_t key = hash_bytes(columns, size, count) | 2;
    struct shape *shape = table_get(&shapes, key);

    if (shape || !lock_take_briefly(&lock))
        return shape;
    shape = table_get(&shapes, key);
    if (!shape && shape_count < SHAPES_MAX) {
        shape = pool_alloc(&shape_pool, sizeof *shape + size);
        if (shape) {
            shape->count = count;
            memcpy(shape->column, columns, size);
            shape_count++;
            if (!table_put(&shapes, key, shape))
                shape = NULL;
        }
    }
    lock_release_brief(&lock);
    return shape;
}

void portal_reset_after_fork(void)
{
    lock = (struct lock){0};
}
