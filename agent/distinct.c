#include "distinct.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/hash.h"
#include "base/memory.h"

#define FIRST_SLOTS 16
#define MOST_SLOTS  ((size_t)DISTINCT_EXACT * 2)
#define LEVELS      16

/* A slot is EMPTY, FROZEN or hash << 16 | unit with a hash that is never 0 nor all ones. */
#define EMPTY  UINT64_C(0)
#define FROZEN UINT64_MAX

struct distinct_slots {
    size_t mask;
    bool last;             /* cannot grow any more: samples instead when half full */
    _Atomic size_t taken;
    _Atomic uint64_t slot[];
};

static uint64_t slot_of(uint64_t hash, uint16_t unit)
{
    hash >>= 16;
    if (hash == 0 || hash == UINT64_MAX >> 16)
        hash = 1;
    return hash << 16 | unit;
}

static size_t home_of(const struct distinct_slots *slots, uint64_t slot)
{
    return (size_t)(slot >> 20) & slots->mask;
}

static struct distinct_slots *slots_create(size_t count)
{
    struct distinct_slots *slots = memory_map(sizeof *slots + count * sizeof slots->slot[0]);

    if (slots)
        slots->mask = count - 1;
    return slots;
}

/* Sets smaller than a page come from a pool, see slots_small. */
static struct lock small_lock;
static struct pool small_pool;

static struct distinct_slots *slots_small(size_t count)
{
    struct distinct_slots *slots;

    lock_take(&small_lock);
    slots = pool_alloc(&small_pool, sizeof *slots + count * sizeof slots->slot[0]);
    lock_release(&small_lock);
    if (slots)
        slots->mask = count - 1;
    return slots;
}

static struct distinct_slots *grow(struct distinct *set, struct distinct_slots *old)
{
    struct distinct_slots *fresh;
    size_t count = old ? (old->mask + 1) * 4 : FIRST_SLOTS;

    lock_take(&set->growth);
    fresh = atomic_load_explicit(&set->slots, memory_order_acquire);
    if (fresh != old) /* somebody else did it */
        goto out;
    if (count > MOST_SLOTS)
        count = MOST_SLOTS;
    fresh = count <= 256 ? slots_small(count) : slots_create(count);
    if (!fresh) {
        if (old)
            old->last = true;
        fresh = old;
        goto out;
    }
    fresh->last = count == MOST_SLOTS;
    for (size_t i = 0; old && i <= old->mask; i++) {
        uint64_t value = atomic_exchange_explicit(&old->slot[i], FROZEN, memory_order_acq_rel);
        if (value == EMPTY)
            continue;
        size_t at = home_of(fresh, value);
        while (atomic_load_explicit(&fresh->slot[at], memory_order_relaxed) != EMPTY)
            at = (at + 1) & fresh->mask;
        atomic_store_explicit(&fresh->slot[at], value, memory_order_relaxed);
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
    size_t half = (slots->mask + 1) / 2, step = (slots->mask + 1) / 64;

    if (!slots->last || taken < half)
        return 0;
    return (unsigned)((taken - half) / (step ? step : 1)) + 1;
}

enum distinct_seen distinct_add(struct distinct *set, uint64_t hash, uint16_t unit, uint64_t *weight)
{
    struct distinct_slots *slots = atomic_load_explicit(&set->slots, memory_order_acquire);
    uint64_t wanted = slot_of(hash, unit), found;
    unsigned level;
    size_t i;

    *weight = 0;
restart:
    if (unlikely(!slots) && !(slots = grow(set, NULL)))
        return DISTINCT_UNKNOWN;
    for (i = home_of(slots, wanted);; i = (i + 1) & slots->mask) {
        found = atomic_load_explicit(&slots->slot[i], memory_order_relaxed);
        if (found >> 16 == wanted >> 16) {
            if (found == wanted)
                return DISTINCT_SAME_UNIT;
            atomic_compare_exchange_strong_explicit(&slots->slot[i], &found, wanted, memory_order_relaxed,
                                                    memory_order_relaxed);
            return DISTINCT_OTHER_UNIT;
        }
        if (found == FROZEN) {
            slots = grow(set, slots);
            goto restart;
        }
        if (found == EMPTY)
            break;
    }
    level = level_of(slots, atomic_load_explicit(&slots->taken, memory_order_relaxed));
    if (unlikely(level)) {
        if (level > LEVELS || (hash_mix(hash, 1) & ((UINT64_C(1) << level) - 1)) != 0)
            return DISTINCT_UNKNOWN;
    } else if (!slots->last && atomic_load_explicit(&slots->taken, memory_order_relaxed) * 2 > slots->mask) {
        slots = grow(set, slots);
        goto restart;
    }
    if (!atomic_compare_exchange_strong_explicit(&slots->slot[i], &found, wanted, memory_order_relaxed, memory_order_relaxed))
        goto restart;
    atomic_fetch_add_explicit(&slots->taken, 1, memory_order_relaxed);
    *weight = UINT64_C(1) << level;
    return DISTINCT_NEW;
}
