/* How often the children of a group came out of one execution of their parent, its episode.
 *
 * In one line of work episodes follow each other. Tasks that take turns in one thread go back to earlier ones, of which the last
 * few are remembered, after episodes_go_on EPISODES_MANY: with more tasks at once the counts per episode are too small and the
 * episodes too many. Touched by its thread only, allocates from the thread's pool, fails by remembering few.
 */
#ifndef NPLUS1_AGENT_EVIDENCE_EPISODES_H
#define NPLUS1_AGENT_EVIDENCE_EPISODES_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/source/walk.h"

#define EPISODES_FEW   4
#define EPISODES_SIZES 10  /* 1, 2 to 3, 4 to 7, ..., 512 and more: EPISODES_OF_1 and on of exporter/stream/fields.h */
#define EPISODES_MANY  128 /* 2.5 KiB */

struct thread;

struct episode {
    uint32_t number; /* 0: none */
    uint32_t last_value;
    uint32_t children;
    struct walk_position at;
};

/* Zeroed when it is new. */
struct episodes {
    uint32_t now; /* the episode of the last child; 0: none yet */
    uint32_t last_value;
    uint64_t in_now, in_most, count;
    uint64_t moved;                   /* children with another value than the one before in their episode */
    uint32_t of_size[EPISODES_SIZES]; /* how many have so many children so far */
    bool resized;                     /* of_size changed since that was last taken back by who looks */
    struct walk_position at;          /* where the walk over its rows stands */
    struct episode few[EPISODES_FEW];
    struct episode *many; /* NULL: only the few */
};

/* *to becomes what *from is, and remembers many from now on. */
void episodes_go_on(struct thread *thread, struct episodes *to, const struct episodes *from);

/* The other way round: *to becomes what *from is, but remembers few. */
void episodes_give_back(struct episodes *to, const struct episodes *from);

/* Another episode than that of the child before. */
NOINLINE void episodes_turn(struct episodes *episodes, uint32_t number, uint32_t value);

/* An episode has one child more. */
static inline void episodes_grow(struct episodes *episodes)
{
    uint64_t n = ++episodes->in_now;
    unsigned size;

    if (likely(n & (n - 1)) || n >> EPISODES_SIZES)
        return;
    size = (unsigned)__builtin_ctzll(n);
    episodes->of_size[size]++;
    if (size > 0)
        episodes->of_size[size - 1]--;
    episodes->resized = true;
}

/* The value of a child, a hash, came out of this episode. repeats: the same value right again counts again. */
static inline void episodes_add(struct episodes *episodes, uint32_t number, uint64_t hash, bool repeats)
{
    uint32_t value = (uint32_t)(hash >> 32);

    if (unlikely(number != episodes->now)) {
        episodes_turn(episodes, number, value);
    } else {
        bool is_other = value != episodes->last_value;
        episodes->moved += is_other;
        if (repeats || is_other)
            episodes_grow(episodes);
    }
    episodes->last_value = value;
    if (episodes->in_now > episodes->in_most)
        episodes->in_most = episodes->in_now;
}

#endif
