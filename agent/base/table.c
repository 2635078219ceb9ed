#include "base/table.h"

#include <string.h>

#include "base/memory.h"

#define TABLE_FIRST 64

static size_t slots_bytes(size_t count)
{
    return sizeof(struct table_slots) + count * sizeof(struct table_slot);
}

static void slots_place(struct table_slots *slots, uint64_t key, void *value)
{
    size_t i = table_home(slots, key);

    while (atomic_load_explicit(&slots->slot[i].key, memory_order_relaxed) != TABLE_EMPTY)
        i = (i + 1) & slots->mask;
    atomic_store_explicit(&slots->slot[i].value, value, memory_order_relaxed);
    atomic_store_explicit(&slots->slot[i].key, key, memory_order_release);
}

/* Slots of the wanted size that were replaced at least two rebuilds ago, so that handles which come and go for weeks do not
 * eat memory; NULL if there are none. */
static struct table_slots *slots_recycle(struct table_slots *newest, size_t count)
{
    struct table_slots **link = newest ? &newest->older : NULL;

    for (int age = 0; link && *link; age++, link = &(*link)->older) {
        struct table_slots *old = *link;
        if (age < 1 || old->mask + 1 != count)
            continue;
        *link = old->older;
        memset(old->slot, 0, count * sizeof old->slot[0]);
        return old;
    }
    return NULL;
}

static bool table_rebuild(struct table *table)
{
    struct table_slots *old = atomic_load_explicit(&table->slots, memory_order_relaxed);
    size_t count = TABLE_FIRST;
    struct table_slots *fresh;

    while (count < table->live * 4)
        count *= 2;
    fresh = slots_recycle(old, count);
    if (!fresh)
        fresh = memory_map(slots_bytes(count));
    if (!fresh)
        return false;
    fresh->mask = count - 1;
    fresh->older = old;
    for (size_t i = 0; old && i <= old->mask; i++) {
        uint64_t key = atomic_load_explicit(&old->slot[i].key, memory_order_relaxed);
        if (key > TABLE_DELETED)
            slots_place(fresh, key, atomic_load_explicit(&old->slot[i].value, memory_order_relaxed));
    }
    table->deleted = 0;
    atomic_store_explicit(&table->slots, fresh, memory_order_release);
    return true;
}

bool table_put(struct table *table, uint64_t key, void *value)
{
    struct table_slots *slots = atomic_load_explicit(&table->slots, memory_order_relaxed);
    struct table_slot *reuse = NULL;
    size_t i;

    if (!slots || (table->live + table->deleted + 1) * 2 > slots->mask + 1) {
        /* At the memory limit the old slots still serve until three quarters are taken. */
        if (!table_rebuild(table) && (!slots || (table->live + table->deleted + 1) * 4 > (slots->mask + 1) * 3))
            return false;
        slots = atomic_load_explicit(&table->slots, memory_order_relaxed);
    }
    for (i = table_home(slots, key);; i = (i + 1) & slots->mask) {
        uint64_t found = atomic_load_explicit(&slots->slot[i].key, memory_order_relaxed);
        if (found == key) {
            atomic_store_explicit(&slots->slot[i].value, value, memory_order_release);
            return true;
        }
        if (found == TABLE_DELETED && !reuse)
            reuse = &slots->slot[i];
        if (found == TABLE_EMPTY)
            break;
    }
    if (reuse)
        table->deleted--;
    else
        reuse = &slots->slot[i];
    atomic_store_explicit(&reuse->value, value, memory_order_relaxed);
    atomic_store_explicit(&reuse->key, key, memory_order_release);
    table->live++;
    return true;
}

void *table_remove(struct table *table, uint64_t key)
{
    struct table_slots *slots = atomic_load_explicit(&table->slots, memory_order_relaxed);
    void *value;
    size_t i;

    if (!slots)
        return NULL;
    for (i = table_home(slots, key);; i = (i + 1) & slots->mask) {
        uint64_t found = atomic_load_explicit(&slots->slot[i].key, memory_order_relaxed);
        if (found == TABLE_EMPTY)
            return NULL;
        if (found == key)
            break;
    }
    value = atomic_load_explicit(&slots->slot[i].value, memory_order_relaxed);
    atomic_store_explicit(&slots->slot[i].key, TABLE_DELETED, memory_order_relaxed);
    table->live--;
    table->deleted++;
    /* Nothing can stand behind a deleted slot that is followed by an empty one: give such runs back at once. */
    if (atomic_load_explicit(&slots->slot[(i + 1) & slots->mask].key, memory_order_relaxed) == TABLE_EMPTY) {
        while (atomic_load_explicit(&slots->slot[i].key, memory_order_relaxed) == TABLE_DELETED) {
            atomic_store_explicit(&slots->slot[i].key, TABLE_EMPTY, memory_order_relaxed);
            table->deleted--;
            i = (i - 1) & slots->mask;
        }
    }
    return value;
}

void table_each(const struct table *table, bool (*visit)(uint64_t key, void *value, void *context), void *context)
{
    struct table_slots *slots = atomic_load_explicit(&table->slots, memory_order_relaxed);

    for (size_t i = 0; slots && i <= slots->mask; i++) {
        uint64_t key = atomic_load_explicit(&slots->slot[i].key, memory_order_relaxed);
        if (key > TABLE_DELETED &&
            !visit(key, atomic_load_explicit(&slots->slot[i].value, memory_order_relaxed), context))
            return;
    }
}
