/* A hash table from 64-bit keys to pointers: reads take no lock, writers hold one that the owner of the table names.
 *
 * Keys 0, 1 and all ones are reserved. A reader finds every key whose insertion happened before its look-up in the usual sense
 * (the same thread, or the program's own synchronisation): for a handle that the program passes us that is always so. A reader
 * that is stopped in the middle of a look-up while the table grows goes on in the old slots, which stay mapped; slots that were
 * replaced long ago are used again, so in a race of minutes it may miss a key, but never follows a stale pointer into
 * unmapped memory.
 *
 * Allocates with memory_map, or what is small from a pool of all tables, when it grows; table_put says false when that fails and
 * leaves the table as it was.
 */
#ifndef NPLUS1_AGENT_BASE_TABLE_H
#define NPLUS1_AGENT_BASE_TABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"

#define TABLE_EMPTY   UINT64_C(0)
#define TABLE_DELETED UINT64_C(1)
#define TABLE_NOBODY  UINT64_MAX /* in slot 0 of each table */

struct table_slot {
    _Atomic uint64_t key;
    void *_Atomic value;
};

struct table_slots {
    size_t mask;               /* of a slot's offset in bytes: (number of slots - 1) * 16 */
    struct table_slots *older; /* replaced by this one; see table.c */
    struct table_slot slot[];
};

_Static_assert(sizeof(struct table_slot) == 16, "a slot's offset is a multiple of 16");

extern HIDDEN struct table_slots table_no_slots; /* of an empty table */

struct table {
    struct table_slots *_Atomic slots; /* TABLE_INIT to begin with */
    size_t live, deleted;              /* writer's */
    bool roomy;                        /* while it is small, it grows until keys have their first places */
    bool discards;                     /* slots that are long outgrown: whoever looks up takes a value of NULL for none */
};

#define TABLE_INIT                                                                                                               \
    {                                                                                                                            \
        .slots = &table_no_slots                                                                                                 \
    }
/* For addresses that are looked up all the time, few as they are: those of allocations are alike in the bits that count. */
#define TABLE_INIT_ROOMY                                                                                                         \
    {                                                                                                                            \
        .slots = &table_no_slots, .roomy = true                                                                                  \
    }
#define TABLE_INIT_DISCARDING                                                                                                    \
    {                                                                                                                            \
        .slots = &table_no_slots, .discards = true                                                                               \
    }

/* Keys are addresses of allocations or hashes: bits 4 and up vary. The offset is taken from them as they are, which makes a
 * look-up seven instructions long: it is done for every call that the program makes. */
static inline size_t table_home(const struct table_slots *slots, uint64_t key)
{
    return (size_t)key & slots->mask;
}

static inline const struct table_slot *table_slot_at(const struct table_slots *slots, size_t offset)
{
    return (const struct table_slot *)(const void *)((const char *)slots->slot + offset);
}

/* A slot as a plain load sees it, which may become the operand of a comparison. Loads stay in program order on x86-64, and a key
 * that is looked up is never one that is being inserted meanwhile. ThreadSanitizer has to be shown that order. */
struct table_plain_slot {
    uint64_t key;
    void *value;
};

#ifdef __SANITIZE_THREAD__
#define TABLE_LOAD(place) __atomic_load_n(&(place), __ATOMIC_ACQUIRE)
#else
#define TABLE_LOAD(place) (place)
#endif

static inline const struct table_slots *table_slots_now(const struct table *table)
{
    return TABLE_LOAD(*(struct table_slots *const *)(const void *)&table->slots);
}

/* Whether a key is at its first place, and its value, which is not NULL; false says nothing. Makes no call: what uses it needs no
 * stack frame. The keys that stand for no key may be asked for too, and are never found: their first place is slot 0, where
 * TABLE_NOBODY stands. */
static inline bool table_get_first(const struct table *table, uint64_t key, void **ret)
{
    const struct table_slots *slots = table_slots_now(table);
    const struct table_plain_slot *slot = (const struct table_plain_slot *)(const void *)table_slot_at(slots,
                                                                                                       table_home(slots, key));

    if (unlikely(TABLE_LOAD(slot->key) != key))
        return false;
    *ret = TABLE_LOAD(slot->value);
    return true;
}

/* Whether a key's first place is empty: then it is not in the table. False says nothing. */
static inline bool table_lacks_first(const struct table *table, uint64_t key)
{
    const struct table_slots *slots = table_slots_now(table);

    return TABLE_LOAD(((const struct table_plain_slot *)(const void *)table_slot_at(slots, table_home(slots, key)))->key) ==
           TABLE_EMPTY;
}

/* A key that is not at its first place. */
NOINLINE void *table_get_further(const struct table_slots *slots, uint64_t key);

static inline void *table_get(const struct table *table, uint64_t key)
{
    void *value;

    return likely(table_get_first(table, key, &value)) ? value : table_get_further(table_slots_now(table), key);
}

/* Room for one key more: the next table_put does not fail. Whoever writes down what it enters asks first, or what cannot be
 * entered would be written each time that it is met. */
bool table_reserve(struct table *table);

/* Inserts or replaces. value must not be NULL. */
bool table_put(struct table *table, uint64_t key, void *value);

/* Walks over what is in the table, for readers: `slots` is what table_slots_now said, *at begins as 0. NULL: that was all. Keys
 * that are inserted meanwhile may be missed. */
void *table_next(const struct table_slots *slots, size_t *at, uint64_t *ret_key);

/* The value that was there, or NULL. */
void *table_remove(struct table *table, uint64_t key);

void table_reset_after_fork(void); /* in the child: nobody has the pool of small ones */

#endif
