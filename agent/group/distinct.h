/* How many different values a group has been executed with, and whether a value was seen in the present unit of work.
 *
 * A set of 48-bit hashes, shared by all threads without a lock: look-ups and insertions are one atomic operation, growth freezes
 * the old slots first, so that nothing is counted twice. Beside each hash stands a 16-bit stamp of the unit of work that saw it
 * last.
 *
 * Exact up to DISTINCT_EXACT values (fewer when the agent's memory is used up). Beyond that it samples: at level k only hashes
 * whose low k bits are zero are taken in, each counting for 2^k, which keeps the count monotone and unbiased, about 3 % off.
 */
#ifndef NPLUS1_AGENT_GROUP_DISTINCT_H
#define NPLUS1_AGENT_GROUP_DISTINCT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"

#include "agent/base/lock.h"

#define DISTINCT_EXACT 65536

/* Words of cells that hold no value. */
#define DISTINCT_EMPTY  UINT64_C(0)
#define DISTINCT_FROZEN UINT64_MAX

struct distinct_slots {
    size_t mask; /* of a slot's offset in bytes: (number of slots - 1) * 8 */
    bool last;   /* cannot grow any more: samples instead when half full */
    _Atomic size_t taken;
    _Atomic uint64_t slot[];
};

extern HIDDEN struct distinct_slots distinct_no_slots;

struct distinct {
    struct distinct_slots *_Atomic slots; /* DISTINCT_INIT to begin with */
    struct lock growth;
};

enum distinct_seen {
    DISTINCT_NEW,        /* never before */
    DISTINCT_OTHER_UNIT, /* before, but last in another unit of work */
    DISTINCT_SAME_UNIT,  /* last in this unit */
    DISTINCT_UNKNOWN,    /* not sampled */
};

#define DISTINCT_INIT                                                                                                            \
    {                                                                                                                            \
        .slots = &distinct_no_slots                                                                                              \
    }

/* The word of a cell for a hash and a unit: never 0 nor all ones, which mean empty and frozen. */
static inline uint64_t distinct_slot(uint64_t hash, uint16_t unit)
{
    return (hash & ~UINT64_C(0xffff)) | unit;
}

static inline size_t distinct_home(const struct distinct_slots *slots, uint64_t slot)
{
    return (size_t)(slot >> 20) & slots->mask;
}

/* The usual case in a few instructions: seen last in this unit, and at its own place. False says nothing. */
static inline bool distinct_is_repeated(const struct distinct *set, uint64_t hash, uint16_t unit)
{
    /* As in table.h: program order is all that x86-64 needs. */
    const struct distinct_slots *slots = *(struct distinct_slots *const volatile *)&set->slots;
    uint64_t wanted = distinct_slot(hash, unit);
    const char *first = (const char *)slots->slot;

    return *(const volatile uint64_t *)(const void *)(first + distinct_home(slots, wanted)) == wanted;
}

/* The place of a value that will be looked up soon: it is a random one in what may be a megabyte. */
static inline void distinct_expect(const struct distinct *set, uint64_t hash)
{
    const struct distinct_slots *slots = *(struct distinct_slots *const volatile *)&set->slots;

    __builtin_prefetch((const char *)slots->slot + distinct_home(slots, hash), 1);
}

/* Where the value of a cell stands, or the empty cell where it would; NULL: the slots are frozen. *found: what stands there. */
static inline _Atomic uint64_t *distinct_find(struct distinct_slots *slots, uint64_t wanted, uint64_t *found)
{
    for (size_t at = distinct_home(slots, wanted);; at = (at + sizeof(uint64_t)) & slots->mask) {
        _Atomic uint64_t *slot = (_Atomic uint64_t *)(void *)((char *)slots->slot + at);

        *found = atomic_load_explicit(slot, memory_order_relaxed);
        if (*found >> 16 == wanted >> 16 || *found == DISTINCT_EMPTY)
            return slot;
        if (unlikely(*found == DISTINCT_FROZEN))
            return NULL;
    }
}

/* As distinct_add where it is a matter of one cell, and without a call; a new value then counts once. False: nothing was done,
 * and distinct_add is to be called. */
static inline bool distinct_add_first(struct distinct *set, uint64_t hash, uint16_t unit, enum distinct_seen *ret)
{
    struct distinct_slots *slots = atomic_load_explicit(&set->slots, memory_order_acquire);
    const uint64_t wanted = distinct_slot(hash, unit);
    uint64_t found;
    _Atomic uint64_t *slot = distinct_find(slots, wanted, &found);

    if (unlikely(!slot))
        return false;
    if (found != DISTINCT_EMPTY) {
        *ret = found == wanted ? DISTINCT_SAME_UNIT : DISTINCT_OTHER_UNIT;
        if (found != wanted) /* when it fails, another thread saw the value, too */
            atomic_compare_exchange_strong_explicit(slot, &found, wanted, memory_order_relaxed, memory_order_relaxed);
        return true;
    }
    if (slots->last ||
        unlikely((atomic_load_explicit(&slots->taken, memory_order_relaxed) + 1) * 2 * sizeof(uint64_t) > slots->mask) ||
        unlikely(!atomic_compare_exchange_strong_explicit(slot, &found, wanted, memory_order_relaxed, memory_order_relaxed)))
        return false;
    atomic_fetch_add_explicit(&slots->taken, 1, memory_order_relaxed);
    *ret = DISTINCT_NEW;
    return true;
}

void distinct_reset_after_fork(void);

/* hash: its upper 48 bits neither all zeros nor all ones. Any thread. *weight: what to add to the count of distinct values; 0
 * unless DISTINCT_NEW. */
enum distinct_seen distinct_add(struct distinct *set, uint64_t hash, uint16_t unit, uint64_t *weight);

#endif
