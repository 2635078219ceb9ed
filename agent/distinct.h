/* How many different values a group has been executed with, and whether a value was seen in the present unit of work.
 *
 * A set of 48-bit hashes, shared by all threads without a lock: look-ups and insertions are one atomic operation, growth freezes the old
 * slots first, so that nothing is counted twice. Beside each hash stands a 16-bit stamp of the unit of work that saw it last.
 *
 * Exact up to DISTINCT_EXACT values (fewer when the agent's memory is used up). Beyond that it samples: at level k only hashes
 * whose low k bits are zero are taken in, each counting for 2^k, which keeps the count monotone and unbiased, about 3 % off.
 */
#ifndef NPLUS1_DISTINCT_H
#define NPLUS1_DISTINCT_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/lock.h"

#define DISTINCT_EXACT 65536

struct distinct_slots;

struct distinct {
    struct distinct_slots *_Atomic slots; /* NULL while empty */
    struct lock growth;
};

enum distinct_seen {
    DISTINCT_NEW,       /* never before */
    DISTINCT_OTHER_UNIT, /* before, but last in another unit of work */
    DISTINCT_SAME_UNIT, /* last in this unit */
    DISTINCT_UNKNOWN,   /* not sampled */
};

/* Any thread. *weight: what to add to the count of distinct values; 0 unless DISTINCT_NEW. */
enum distinct_seen distinct_add(struct distinct *set, uint64_t hash, uint16_t unit, uint64_t *weight);

#endif
