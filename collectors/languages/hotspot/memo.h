/* Stacks of HotSpot that were read, verified instead of read again: of a stack's hundreds of words those that its frames were
 * found by. Where they are as they were, so are the frames.
 *
 * Belongs to a thread, and after it to the next one that has its state: a memo holds only between the same ends of the stack.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_MEMO_H
#define NPLUS1_COLLECTORS_LANGUAGES_HOTSPOT_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#define HOTSPOT_WORDS 320 /* of one stack, a multiple of four; those with more are read each time */

/* Where a stack ends, and its innermost frame; what changes when addresses in it may mean something else. */
struct hotspot_ends {
    uintptr_t top, base, pc, fp;
    uint64_t life;
};

struct hotspot_memo {
    struct hotspot_ends ends; /* top 0: unused */
    uintptr_t top;            /* of the stack that is read */
    uint64_t hash;
    uint32_t count;             /* of words; more than HOTSPOT_WORDS: they did not fit */
    uint32_t at[HOTSPOT_WORDS]; /* bytes above the word below the top */
    uintptr_t value[HOTSPOT_WORDS];
};

struct hotspot_memos;

/* The calling thread's; NULL: there is no memory. */
struct hotspot_memos *hotspot_memos(void);

/* Whether the stack is one that was learned; *ret: its hash. memos may be NULL, as below. */
bool hotspot_memo_holds(struct hotspot_memos *memos, const struct hotspot_ends *ends, uint64_t *ret);

/* Where the words of a stack that is read now are noted. NULL: nowhere. */
struct hotspot_memo *hotspot_memo_begin(struct hotspot_memos *memos, uintptr_t top);

/* at: below the base, and no further below the top than one word. */
static inline void hotspot_memo_note(struct hotspot_memo *memo, const uintptr_t *at)
{
    if (!memo)
        return;
    if (memo->count < HOTSPOT_WORDS) {
        memo->at[memo->count] = (uint32_t)((uintptr_t)(at + 1) - memo->top);
        memo->value[memo->count] = *at;
    }
    memo->count++;
}

/* It was read: it is learned when it comes a second time. */
void hotspot_memo_end(struct hotspot_memos *memos, const struct hotspot_ends *ends, uint64_t hash);

#endif
