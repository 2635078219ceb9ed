#include "agent/base/table.h"

#include "agent/base/lock.h"
#include "agent/base/memory.h"

#define TABLE_FIRST     64    /* slots */
#define SMALL_MOST      128   /* slots */
#define TABLE_ROOM      1024  /* slots up to which a roomy one grows, 16 KiB */
#define DISCARDED_LEAST 65536 /* bytes */
#define SLOT            sizeof(struct table_slot)

/* Slots of less than a page come from here, as most tables of most threads stay that small. */
static struct lock small_lock;
static struct pool small_pool;

/* With an empty slot, so that a look-up in an empty table needs no test. */
struct table_slots table_no_slots = {.mask = SLOT, .slot = {{.key = TABLE_NOBODY}, {.key = TABLE_EMPTY}}};

static size_t slots_count(const struct table_slots *slots)
{
    return slots == &table_no_slots ? 0 : slots->mask / SLOT + 1;
}

static struct table_slots *slots_of(const struct table *table)
{
    return atomic_load_explicit(&table->slots, memory_order_relaxed);
}

static struct table_slot *slot_at(struct table_slots *slots, size_t offset)
{
    return (struct table_slot *)(void *)((char *)slots->slot + offset);
}

static uint64_t key_at(struct table_slots *slots, size_t offset)
{
    return atomic_load_explicit(&slot_at(slots, offset)->key, memory_order_relaxed);
}

static void *value_at(struct table_slots *slots, size_t offset)
{
    return atomic_load_explicit(&slot_at(slots, offset)->value, memory_order_relaxed);
}

static size_t after(const struct table_slots *slots, size_t offset)
{
    return (offset + SLOT) & slots->mask;
}

/* The value first: a reader that sees the key must see the value. */
static void slot_fill(struct table_slot *slot, uint64_t key, void *value)
{
    atomic_store_explicit(&slot->value, value, memory_order_relaxed);
    atomic_store_explicit(&slot->key, key, memory_order_release);
}

void *table_get_further(const struct table_slots *slots, uint64_t key)
{
    for (size_t at = table_home(slots, key);; at = after(slots, at)) {
        const struct table_slot *slot = table_slot_at(slots, at);
        uint64_t found = atomic_load_explicit(&slot->key, memory_order_acquire);
        if (found == TABLE_EMPTY)
            return NULL;
        if (found == key)
            return atomic_load_explicit(&slot->value, memory_order_relaxed);
    }
}

void *table_next(const struct table_slots *slots, size_t *at, uint64_t *ret_key)
{
    while (*at < slots->mask) {
        const struct table_slot *slot = table_slot_at(slots, *at += SLOT);
        uint64_t key = atomic_load_explicit(&slot->key, memory_order_acquire);
        void *value = atomic_load_explicit(&slot->value, memory_order_relaxed);

        if (key > TABLE_DELETED && key != TABLE_NOBODY && value) {
            *ret_key = key;
            return value;
        }
    }
    return NULL;
}

/* Slots of the wanted number that were replaced at least two rebuilds ago, so that handles which come and go for weeks do not
 * eat memory; NULL if there are none. */
static struct table_slots *slots_recycle(struct table_slots *newest, size_t count)
{
    struct table_slots **link = &newest->older;

    for (int age = 0; *link; age++, link = &(*link)->older) {
        struct table_slots *old = *link;
        if (age < 1 || slots_count(old) != count)
            continue;
        *link = old->older;
        for (size_t i = 0; i < count; i++) /* values stay: a reader that is that late must not meet a key without one */
            atomic_store_explicit(&old->slot[i].key, TABLE_EMPTY, memory_order_relaxed);
        return old;
    }
    return NULL;
}

/* Smaller slots that were replaced at least two rebuilds ago: their pages read as empty from now on, should a reader be that
 * late, and a value that it finds as NULL. */
static void slots_discard(struct table_slots *newest)
{
    struct table_slots **link = newest->older ? &newest->older->older : NULL;

    while (link && *link) {
        struct table_slots *old = *link;
        if (slots_count(old) * SLOT < DISCARDED_LEAST || slots_count(old) >= slots_count(newest)) {
            link = &old->older;
            continue;
        }
        *link = old->older;
        memory_discard(old, sizeof *old + slots_count(old) * SLOT);
    }
}

static struct table_slots *slots_create(size_t count, bool is_entered_again)
{
    size_t size = sizeof(struct table_slots) + count * SLOT;
    struct table_slots *slots;

    if (count > SMALL_MOST) /* what is entered again stands all over it */
        return is_entered_again ? memory_map_present(size) : memory_map(size);
    lock_take(&small_lock);
    slots = pool_alloc(&small_pool, size);
    lock_release(&small_lock);
    return slots;
}

/* least: slots, a power of two. */
static bool table_rebuild(struct table *table, size_t least)
{
    struct table_slots *old = slots_of(table);
    size_t count = least;
    struct table_slots *fresh;

    while (count < table->live * 4)
        count *= 2;
    fresh = slots_recycle(old, count);
    if (!fresh)
        fresh = slots_create(count, table->live > 0);
    if (!fresh)
        return false;
    fresh->mask = (count - 1) * SLOT;
    fresh->older = old == &table_no_slots ? NULL : old;
    fresh->slot[0].key = TABLE_NOBODY;
    for (size_t i = 1; i < slots_count(old); i++) {
        uint64_t key = key_at(old, i * SLOT);
        size_t at = table_home(fresh, key);
        if (key <= TABLE_DELETED)
            continue;
        while (key_at(fresh, at) != TABLE_EMPTY)
            at = after(fresh, at);
        slot_fill(slot_at(fresh, at), key, value_at(old, i * SLOT));
    }
    table->deleted = 0;
    atomic_store_explicit(&table->slots, fresh, memory_order_release);
    if (table->discards)
        slots_discard(fresh);
    return true;
}

/* The slot of the key, or NULL; *ret_free, if not NULL: where it would go. */
static struct table_slot *find(struct table_slots *slots, uint64_t key, struct table_slot **ret_free)
{
    struct table_slot *reuse = NULL;

    for (size_t at = table_home(slots, key);; at = after(slots, at)) {
        uint64_t found = key_at(slots, at);
        if (found == key)
            return slot_at(slots, at);
        if (found == TABLE_DELETED && !reuse)
            reuse = slot_at(slots, at);
        if (found == TABLE_EMPTY) {
            if (ret_free)
                *ret_free = reuse ? reuse : slot_at(slots, at);
            return NULL;
        }
    }
}

/* The way of nearly every key: its first place is free. */
static inline bool put_first(struct table *table, uint64_t key, void *value)
{
    struct table_slots *slots = slots_of(table);
    struct table_slot *slot = slot_at(slots, table_home(slots, key));

    if (atomic_load_explicit(&slot->key, memory_order_relaxed) != TABLE_EMPTY || slots == &table_no_slots ||
        (table->live + table->deleted + 1) * 2 * SLOT > slots->mask)
        return false;
    slot_fill(slot, key, value);
    table->live++;
    return true;
}

/* A key did not get its first place: the table grows until it has. */
static COLD void make_room(struct table *table, uint64_t key)
{
    size_t count = slots_count(slots_of(table)) * 2;
    void *found;

    while (count <= TABLE_ROOM && !table_get_first(table, key, &found) && table_rebuild(table, count))
        count *= 2;
}

bool table_reserve(struct table *table)
{
    size_t taken = table->live + table->deleted + 1;

    /* At the memory limit the old slots still serve until three quarters are taken. */
    return taken * 2 <= slots_count(slots_of(table)) || table_rebuild(table, TABLE_FIRST) ||
           taken * 4 <= slots_count(slots_of(table)) * 3;
}

static NOINLINE bool put_further(struct table *table, uint64_t key, void *value)
{
    struct table_slot *slot, *free_slot;

    if (!table_reserve(table))
        return false;
    slot = find(slots_of(table), key, &free_slot);
    if (slot) {
        atomic_store_explicit(&slot->value, value, memory_order_release);
        return true;
    }
    if (atomic_load_explicit(&free_slot->key, memory_order_relaxed) == TABLE_DELETED)
        table->deleted--;
    slot_fill(free_slot, key, value);
    table->live++;
    if (table->roomy && free_slot != slot_at(slots_of(table), table_home(slots_of(table), key)))
        make_room(table, key);
    return true;
}

bool table_put(struct table *table, uint64_t key, void *value)
{
    return likely(put_first(table, key, value)) || put_further(table, key, value);
}

void *table_remove(struct table *table, uint64_t key)
{
    struct table_slots *slots = slots_of(table);
    struct table_slot *slot = key > TABLE_DELETED ? find(slots, key, NULL) : NULL;
    size_t at;
    void *value;

    if (!slot)
        return NULL;
    value = atomic_load_explicit(&slot->value, memory_order_relaxed);
    atomic_store_explicit(&slot->value, NULL, memory_order_relaxed);
    atomic_store_explicit(&slot->key, TABLE_DELETED, memory_order_relaxed);
    table->live--;
    table->deleted++;
    /* Nothing can stand behind a deleted slot that is followed by an empty one: give such runs back at once. */
    at = (size_t)((char *)slot - (char *)slots->slot);
    if (key_at(slots, after(slots, at)) == TABLE_EMPTY) {
        while (key_at(slots, at) == TABLE_DELETED) {
            atomic_store_explicit(&slot_at(slots, at)->key, TABLE_EMPTY, memory_order_relaxed);
            table->deleted--;
            at = (at - SLOT) & slots->mask;
        }
    }
    return value;
}

void table_reset_after_fork(void)
{
    small_lock = (struct lock){0};
}
