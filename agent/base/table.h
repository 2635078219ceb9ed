/* A hash table from 64-bit keys to pointers: reads take no lock, writers hold one that the owner of the table names.
 *
 * Keys 0 and 1 are reserved. A reader finds every key whose insertion happened before its look-up in the usual sense (the same
 * thread, or the program's own synchronisation): for a handle that the program passes us that is always so. A reader that is
 * stopped in the middle of a look-up while the table grows goes on in the old slots, which stay mapped; slots that were
 * replaced long ago are used again, so in a race of minutes it may miss a key, but never follows a stale pointer into
 * unmapped memory.
 *
 * Allocates with memory_map when it grows; table_put says false when that fails and leaves the table as it was.
 */
#ifndef NPLUS1_BASE_TABLE_H
#define NPLUS1_BASE_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/hash.h"

#define TABLE_EMPTY   UINT64_C(0)
#define TABLE_DELETED UINT64_C(1)

struct table_slot {
    _Atomic uint64_t key;
    void *_Atomic value;
};

struct table_slots {
    size_t mask;
    struct table_slots *older; /* replaced by this one; see table.c */
    struct table_slot slot[];
};

struct table {
    struct table_slots *_Atomic slots; /* NULL while empty */
    size_t live, deleted;              /* writer's */
};

static inline size_t table_home(const struct table_slots *slots, uint64_t key)
{
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & slots->mask;
}

static inline void *table_get(const struct table *table, uint64_t key)
{
    const struct table_slots *slots = atomic_load_explicit(&table->slots, memory_order_acquire);
    if (unlikely(!slots))
        return NULL;
    for (size_t i = table_home(slots, key);; i = (i + 1) & slots->mask) {
        uint64_t found = atomic_load_explicit(&slots->slot[i].key, memory_order_acquire);
        if (likely(found == key))
            return atomic_load_explicit(&slots->slot[i].value, memory_order_relaxed);
        if (found == TABLE_EMPTY)
            return NULL;
    }
}

/* Inserts or replaces. value must not be NULL. */
bool table_put(struct table *table, uint64_t key, void *value);

/* The value that was there, or NULL. */
void *table_remove(struct table *table, uint64_t key);

/* Calls visit for every entry; stops when it says false. Writers' lock held. */
void table_each(const struct table *table, bool (*visit)(uint64_t key, void *value, void *context), void *context);

#endif
