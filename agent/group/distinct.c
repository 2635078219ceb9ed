#include "agent/group/distinct.h"

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "agent/base/memory.h"

#define FIRST_SLOTS 2 /* most statements of a program that makes up ever new ones are executed once */
#define MOST_SLOTS  ((size_t)DISTINCT_EXACT * 2)
#define LEVELS      16

#define EMPTY  DISTINCT_EMPTY
#define FROZEN DISTINCT_FROZEN
#define SLOT   sizeof(uint64_t)

/* One empty slot at offset 0, so that a look-up in an empty set needs no test. */
struct distinct_slots distinct_no_slots = {.slot = {0}};

/* Sets smaller than a page come from a pool. */
static struct lock small_lock;
static struct pool small_pool;

static size_t slots_count(const struct distinct_slots *slots)
{
    return slots == &distinct_no_slots ? 0 : slots->mask / SLOT + 1;
}

static _Atomic uint64_t *slot_at(struct distinct_slots *slots, size_t offset)
{
    return (_Atomic uint64_t *)(void *)((char *)slots->slot + offset);
}

static struct distinct_slots *slots_create(size_t count)
{
    size_t size = sizeof(struct distinct_slots) + count * SLOT;
    struct distinct_slots *slots;

    if (count > 256) {
        slots = memory_map_present(size);
    } else {
        lock_take(&small_lock);
        slots = pool_alloc(&small_pool, size);
        lock_release(&small_lock);
    }
    if (slots) {
        slots->mask = (count - 1) * SLOT;
        slots->last = count == MOST_SLOTS;
    }
    return slots;
}

static struct distinct_slots *grow(struct distinct *set, struct distinct_slots *old)
{
    size_t count = old == &distinct_no_slots ? FIRST_SLOTS : slots_count(old) * 4;
    struct distinct_slots *fresh;

    lock_take(&set->growth);
    fresh = atomic_load_explicit(&set->slots, memory_order_acquire);
    if (fresh != old) /* somebody else did it */
        goto out;
    fresh = slots_create(count < MOST_SLOTS ? count : MOST_SLOTS);
    if (!fresh) {
        fresh = old;
        if (old != &distinct_no_slots)
            old->last = true;
        goto out;
    }
    for (size_t i = 0; i < slots_count(old); i++) {
        uint64_t value = atomic_exchange_explicit(&old->slot[i], FROZEN, memory_order_acq_rel);
        size_t at = distinct_home(fresh, value);
        if (value == EMPTY)
            continue;
        while (atomic_load_explicit(slot_at(fresh, at), memory_order_relaxed) != EMPTY)
            at = (at + SLOT) & fresh->mask;
        atomic_store_explicit(slot_at(fresh, at), value, memory_order_relaxed);
        fresh->taken++;
    }
    atomic_store_explicit(&set->slots, fresh, memory_order_release);
out:
    lock_release(&set->growth);
    return fresh;
}

/* Past the half of slots that cannot grow, each 1/64 of them raises the level; at LEVELS they are three quarters full. */
static unsigned level_of(const struct distinct_slots *slots, size_t taken)
{
    size_t half = slots_count(slots) / 2, step = slots_count(slots) / 64;

    if (!slots->last || taken < half)
        return 0;
    return (unsigned)((taken - half) / (step ? step : 1)) + 1;
}

/* Where slots may be few, may change, or others may add at once. */
static NOINLINE enum distinct_seen add(struct distinct *set, uint64_t hash, uint16_t unit, uint64_t *weight)
{
    struct distinct_slots *slots = atomic_load_explicit(&set->slots, memory_order_acquire);
    const uint64_t wanted = distinct_slot(hash, unit);
    uint64_t found;

    for (;;) {
        size_t taken = atomic_load_explicit(&slots->taken, memory_order_relaxed);
        _Atomic uint64_t *slot = distinct_find(slots, wanted, &found);
        unsigned level;

        if (slot && found != EMPTY)
            return distinct_add(set, hash, unit, weight);
        if (!slot || (!slots->last && (taken + 1) * 2 > slots_count(slots))) {
            slots = grow(set, slots);
            if (slots == &distinct_no_slots) /* out of memory from the start */
                return DISTINCT_UNKNOWN;
            continue;
        }
        level = likely(!slots->last) ? 0 : level_of(slots, taken);
        if (unlikely(level > 0) && (level > LEVELS || (hash_mix(hash, 1) & ((UINT64_C(1) << level) - 1)) != 0))
            return DISTINCT_UNKNOWN;
        /* One slot stays empty, whoever else adds meanwhile: a look-up ends there. Few slots are soon full where memory is used
         * up. */
        if (atomic_fetch_add_explicit(&slots->taken, 1, memory_order_relaxed) + 2 > slots_count(slots)) {
            atomic_fetch_sub_explicit(&slots->taken, 1, memory_order_relaxed);
            return DISTINCT_UNKNOWN;
        }
        if (atomic_compare_exchange_strong_explicit(slot, &found, wanted, memory_order_relaxed, memory_order_relaxed)) {
            *weight = UINT64_C(1) << level;
            return DISTINCT_NEW;
        }
        atomic_fetch_sub_explicit(&slots->taken, 1, memory_order_relaxed);
    }
}

enum distinct_seen distinct_add(struct distinct *set, uint64_t hash, uint16_t unit, uint64_t *weight)
{
    enum distinct_seen seen;

    *weight = 0;
    if (!distinct_add_first(set, hash, unit, &seen))
        return add(set, hash, unit, weight);
    *weight = seen == DISTINCT_NEW;
    return seen;
}

void distinct_reset_after_fork(void)
{
    small_lock = (struct lock){0};
}
