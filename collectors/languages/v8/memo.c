#include "collectors/languages/v8/memo.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/memory.h"
#include "agent/base/readable.h"
#include "agent/process/thread.h"

#define MEMOS      8
#define SEEN       64
#define WORDS_MAX  160
#define ROOM       ((size_t)32 << 10) /* bytes of an isolate in which the two words are looked for: IsolateData is its beginning */
#define STACK_MAX  ((uintptr_t)64 << 20)
#define FRAMES_MAX 512
#define TRIES_MAX  16

#define ISOLATE_WORDS 2 /* noted first */
#define LINK_SIZE     2 /* words of a link and its return address */

/* Of a frame, in words from its frame pointer (src/execution/frame-constants.h). */
#define MARKER           (-1) /* what it is a frame of, when it is not a function of JavaScript */
#define ENTRY            2    /* TypeToMarker(ENTRY), of CONSTRUCT_ENTRY 4: C++ called JavaScript */
#define CONSTRUCT_ENTRY  4
#define INTERPRETED_LAST 9   /* bytecode and offset are two of the words before */
#define SCOPE_MAX        512 /* words of the stack in which a native function stands */
#define ENTRY_LAST       12  /* the exit that was left by before an entry is one of them */

struct word {
    const uintptr_t *at;
    uintptr_t value;
};

struct memo {
    const void *isolate; /* NULL: unused */
    uint64_t collections, hash;
    struct v8_client_frames client;
    size_t count;
    struct word words[WORDS_MAX];
};

struct v8_memos {
    unsigned last, next;
    struct v8_client_frames *client;
    uint64_t seen[SEEN];
    struct memo memo[MEMOS], newest;
};

/* Bytes from an isolate's beginning; 0: not found yet. The same in every isolate, as there is one V8. */
static _Atomic uint32_t exit_offset, entry_offset;
static _Atomic uint32_t tries;

struct v8_memos *v8_memos_create(void)
{
    struct thread *thread = thread_self;

    if (!thread->walker_memos)
        thread->walker_memos = pool_alloc(&thread->pool, sizeof(struct v8_memos));
    else /* of a thread that has ended, whose stack was elsewhere */
        memset(thread->walker_memos, 0, sizeof(struct v8_memos));
    return thread->walker_memos;
}

static uintptr_t word_at(const void *isolate, uint32_t offset)
{
    return *(const uintptr_t *)(const void *)((const char *)isolate + offset);
}

/* The first two are words of the isolate: what they say makes the others part of a stack that is in use. */
static bool holds(const struct memo *memo)
{
    for (size_t i = 0; i < memo->count; i++) {
        if (*memo->words[i].at != memo->words[i].value)
            return false;
    }
    return true;
}

HOT bool v8_memos_hold(struct v8_memos *memos, const void *isolate, uint64_t collections, uint64_t *ret)
{
    for (unsigned i = 0; i < MEMOS; i++) {
        const struct memo *memo = &memos->memo[(memos->last + i) % MEMOS];
        if (memo->isolate != isolate || memo->collections != collections || !holds(memo))
            continue;
        memos->last = (memos->last + i) % MEMOS;
        memos->client = &memos->memo[memos->last].client;
        *ret = memo->hash;
        return true;
    }
    return false;
}

/* A walk from an exit outwards, while frames are where they may be. */
struct chain {
    struct memo *memo; /* where the words go */
    uintptr_t end;     /* the outermost entry */
    const uintptr_t *positions;
    size_t count, matched;
};

static bool note(struct chain *c, const uintptr_t *at)
{
    if (c->memo->count == WORDS_MAX)
        return false;
    c->memo->words[c->memo->count++] = (struct word){at, *at};
    return true;
}

/* The address of the bytecode, as V8 has it in registers, and how far the function is in it: a number in the upper half. */
static bool note_interpreted(struct chain *c, const uintptr_t *frame)
{
    for (int code = -2; code > -INTERPRETED_LAST; code--) {
        if ((frame[code] & 3) != 1)
            continue;
        for (int offset = -2; offset > -INTERPRETED_LAST; offset--) {
            if ((uint32_t)frame[offset] == 0 && frame[code] + (frame[offset] >> 32) == c->positions[c->matched])
                return note(c, frame + code) && note(c, frame + offset);
        }
    }
    return false;
}

/* Whether the frame that follows `frame` may stand at `address`, in what is known to be mapped: between two frames in use. */
static bool may_follow(const struct chain *c, uintptr_t frame, uintptr_t address)
{
    return address > frame && address <= c->end && address % sizeof address == 0;
}

static bool walk(struct chain *c, uintptr_t frame);

/* The native function that was called at an exit stands in a sample, too (ExternalCallbackScope), between the two on the stack.
 */
static bool note_function(struct chain *c, const uintptr_t *entry, const uintptr_t *exit)
{
    if (c->matched == c->count)
        return false;
    for (const uintptr_t *at = exit - 1; at > entry && exit - at < SCOPE_MAX; at--) {
        if (*at == c->positions[c->matched]) {
            c->matched++;
            return note(c, at);
        }
    }
    return false;
}

/* The exit by which JavaScript had left before it was called again, which an entry keeps. */
static bool walk_on_behind(struct chain *c, const uintptr_t *entry)
{
    const struct chain before = *c;
    size_t words = c->memo->count;

    for (int i = 2 * (MARKER - 1); i >= 2 * -ENTRY_LAST; i--) { /* each without its function, and with it */
        const uintptr_t *at = entry + i / 2, *exit = (const uintptr_t *)*at;
        if (may_follow(c, (uintptr_t)entry, *at) && *at != c->end && note(c, at) &&
            (i % 2 == 0 || note_function(c, entry, exit)) && walk(c, *at))
            return true;
        *c = before;
        c->memo->count = words;
    }
    return false;
}

/* Whether the words explain every position. Entries are few: each is a call of JavaScript by native code. */
static NOINLINE bool walk(struct chain *c, uintptr_t address)
{
    for (int i = 0; i < FRAMES_MAX; i++) {
        const uintptr_t *frame = (const uintptr_t *)address, *next;
        bool is_entry = frame[MARKER] == ENTRY || frame[MARKER] == CONSTRUCT_ENTRY;
        if (address == c->end)
            return is_entry && c->matched == c->count;
        if (is_entry)
            return walk_on_behind(c, frame);
        if (!may_follow(c, address, frame[0]) || !note(c, frame) || !note(c, frame + 1))
            return false;
        next = (const uintptr_t *)frame[0];
        if (c->matched < c->count && (frame[1] == c->positions[c->matched] || note_interpreted(c, next)))
            c->matched++;
        address = frame[0];
    }
    return false;
}

static bool is_above(uintptr_t here, uintptr_t word)
{
    return word > here && word - here < STACK_MAX && word % sizeof word == 0;
}

/* Fills the memo with the words from the exit to the entry that stand at these places of the isolate. */
static bool explain(struct memo *memo, const char *isolate, uint32_t exit, uint32_t entry, const uintptr_t *positions,
                    size_t count)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0), low = word_at(isolate, exit), high = word_at(isolate, entry);
    struct chain chain = {.memo = memo, .end = high, .positions = positions, .count = count};

    memo->count = 0;
    return is_above(here, low) && is_above(low, high) && note(&chain, (const uintptr_t *)(const void *)(isolate + exit)) &&
           note(&chain, (const uintptr_t *)(const void *)(isolate + entry)) && walk(&chain, low);
}

static bool is_mapped(uintptr_t low, uintptr_t high)
{
    for (uintptr_t at = low & ~(uintptr_t)4095; at <= high; at += 4096) {
        if (!readable_word((const void *)at))
            return false;
    }
    return true;
}

/* How many words of the isolate have the value. */
static int words_with(const char *isolate, uintptr_t value)
{
    int found = 0;

    for (uint32_t at = 0; at < ROOM; at += sizeof value)
        found += word_at(isolate, at) == value;
    return found;
}

/* Looks for the two words: no other word of the isolate has the value of either, and what is between them explains the sample. */
static COLD bool find(struct memo *memo, const char *isolate, const uintptr_t *positions, size_t count)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);

    for (uintptr_t at = (uintptr_t)isolate; at < (uintptr_t)isolate + ROOM; at += 4096) {
        if (!readable_word((const void *)(at & ~(uintptr_t)7)))
            return false;
    }
    for (uint32_t exit = 8; exit < ROOM; exit += 8) {
        uintptr_t low = word_at(isolate, exit);
        if (!is_above(here, low) || words_with(isolate, low) != 1)
            continue;
        for (uint32_t entry = 8; entry < ROOM; entry += 8) {
            uintptr_t high = word_at(isolate, entry);
            if (!is_above(low, high) || words_with(isolate, high) != 1 || !is_mapped(here, high + 16) ||
                !explain(memo, isolate, exit, entry, positions, count))
                continue;
            atomic_store_explicit(&entry_offset, entry, memory_order_relaxed);
            atomic_store_explicit(&exit_offset, exit, memory_order_release);
            return true;
        }
    }
    return false;
}

static bool follow(struct memo *memo, const void *isolate, const uintptr_t *positions, size_t count)
{
    uint32_t exit = atomic_load_explicit(&exit_offset, memory_order_acquire);

    if (exit)
        return explain(memo, isolate, exit, atomic_load_explicit(&entry_offset, memory_order_relaxed), positions, count);
    return atomic_load_explicit(&tries, memory_order_relaxed) < TRIES_MAX &&
           atomic_fetch_add_explicit(&tries, 1, memory_order_relaxed) < TRIES_MAX && find(memo, isolate, positions, count);
}

/* Links and return addresses were noted in pairs. */
static void find_client(struct memo *memo)
{
    const uintptr_t *before = NULL, *inner = NULL, *outermost = NULL;

    memo->client.count = 0;
    memo->client.variable = NULL;
    memo->client.searches = 0;
    memo->client.has_paths = false;
    for (size_t i = ISOLATE_WORDS; i + 1 < memo->count; i++) {
        if (memo->words[i + 1].at != memo->words[i].at + 1)
            continue;
        if (!v8_search_frame(&memo->client, memo->words[i].at))
            return;
        if (before && v8_search_is_function(memo->words[i].at)) {
            inner = before;
            outermost = memo->words[i].at;
        }
        before = memo->words[i].at;
    }
    if (outermost)
        v8_search_variables(&memo->client, inner + LINK_SIZE, outermost);
}

bool v8_memos_follow(struct v8_memos *memos, const void *isolate, const uintptr_t *positions, size_t count)
{
    if (!follow(&memos->newest, isolate, positions, count))
        return false;
    find_client(&memos->newest);
    memos->client = &memos->newest.client;
    return true;
}

void v8_memos_learn(struct v8_memos *memos, const void *isolate, uint64_t collections, uint64_t hash)
{
    struct memo *memo = &memos->memo[memos->next];

    if (memos->seen[hash % SEEN] != hash) {
        memos->seen[hash % SEEN] = hash;
        return;
    }
    *memo = memos->newest;
    memo->isolate = isolate;
    memo->collections = collections;
    memo->hash = hash;
    memos->last = memos->next;
    memos->next = (memos->next + 1) % MEMOS;
}

struct v8_client_frames *v8_memos_client(const struct v8_memos *memos)
{
    return memos->client;
}
