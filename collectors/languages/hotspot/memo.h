/* Stacks of HotSpot that were read, verified instead of read again: of a stack's hundreds of words those that tell it from
 * another.
 *
 * Where a frame ends is told by its return address, and of interpreted ones by the link beside it; so frames that begin at the
 * same place and have the same return addresses and links where they were are the same frames. What else was read there (return
 * addresses of calls that are over) is verified, too, and is no harm. Belongs to a thread, and after it to the next one that has
 * its state: a memo holds only between the same ends of the stack.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_MEMO_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#define HOTSPOT_WORDS 240 /* of one stack; those with more are read each time */

/* The ends of a stack, and what changes when addresses in it may mean something else. */
struct hotspot_ends {
    uintptr_t top, base;
    uint64_t life;
};

struct hotspot_memo {
    struct hotspot_ends ends; /* top 0: unused */
    uint64_t hash;
    uint32_t count; /* of words; more than HOTSPOT_WORDS: they did not fit */
    struct {
        const uintptr_t *at;
        uintptr_t value;
    } words[HOTSPOT_WORDS];
};

struct hotspot_memos;

/* The calling thread's; NULL: there is no memory. */
struct hotspot_memos *hotspot_memos(void);

/* Whether the stack is one that was learned; *ret: its hash. memos may be NULL, as below. */
bool hotspot_memo_holds(struct hotspot_memos *memos, const struct hotspot_ends *ends, uint64_t *ret);

/* Where the words of a stack that is read now are noted. NULL: nowhere. */
struct hotspot_memo *hotspot_memo_begin(struct hotspot_memos *memos);

static inline void hotspot_memo_note(struct hotspot_memo *memo, const uintptr_t *at)
{
    if (!memo)
        return;
    if (memo->count < HOTSPOT_WORDS) {
        memo->words[memo->count].at = at;
        memo->words[memo->count].value = *at;
    }
    memo->count++;
}

/* It was read: it is learned when it comes a second time. */
void hotspot_memo_end(struct hotspot_memos *memos, const struct hotspot_ends *ends, uint64_t hash);

#endif
