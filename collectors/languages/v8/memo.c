#include "collectors/languages/v8/memo.h"

#include <emmintrin.h>
#include <stdatomic.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/memory.h"
#include "agent/base/readable.h"
#include "agent/process/thread.h"

#define MEMOS      8
#define SEEN       64
#define HANDED     64
#define WORDS_MAX  160
#define ROOM       ((size_t)32 << 10) /* bytes of an isolate in which the two words are looked for: IsolateData is its beginning */
#define STACK_MAX  ((uintptr_t)64 << 20)
#define FRAMES_MAX 512
#define TRIES_MAX  16

#define ISOLATE_WORDS 2 /* noted first */
#define AT_ONCE       4 /* pairs that are verified together; spare places repeat the last */
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

/* Words of the stack that was followed last, and of the isolate. */
struct followed {
    struct v8_client_frames client;
    size_t count;
    struct word words[WORDS_MAX];
};

/* The same as it is verified: most words are neighbours of one of the others, and two take one comparison. Values: those of
 * pairs, then those of single ones; at: where they stand, in words from the exit. */
struct memo {
    struct when {
        const void *isolate; /* NULL: unused */
        uint64_t collections;
        uintptr_t exit, entry; /* what the two words of the isolate say: this makes the others part of a stack that is in use */
    } when;
    uint64_t hash;
    uint32_t pairs, singles;
    struct v8_client_frames client;
    int32_t at[WORDS_MAX + AT_ONCE];
    _Alignas(16) uintptr_t values[WORDS_MAX + 2 * AT_ONCE];
};

struct v8_memos {
    struct memo *last;
    struct v8_client_frames *client;
    unsigned next;
    uint64_t seen[SEEN];
    struct v8_memos_handed handed[HANDED];
    struct memo memo[MEMOS];
    struct followed newest;
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

/* Exact, and without a branch for each word: mostly they hold, all of them. */
static inline bool holds(const struct memo *memo)
{
    const uintptr_t *exit = (const uintptr_t *)memo->when.exit, *value = memo->values;
    __m128i difference = _mm_setzero_si128();
    const int32_t *at = memo->at;

#define DIFFERS(i)                                                                                                               \
    _mm_xor_si128(_mm_loadu_si128((const __m128i *)(const void *)(exit + at[i])),                                                \
                  *(const __m128i *)(const void *)(value + 2 * (i)))
    for (const int32_t *end = at + memo->pairs; at != end; at += AT_ONCE, value += 2 * AT_ONCE)
        difference = _mm_or_si128(difference,
                                  _mm_or_si128(_mm_or_si128(DIFFERS(0), DIFFERS(1)), _mm_or_si128(DIFFERS(2), DIFFERS(3))));
#undef DIFFERS
    for (const int32_t *end = at + memo->singles; at != end; at++, value++)
        difference = _mm_or_si128(difference, _mm_xor_si128(_mm_loadl_epi64((const __m128i *)(const void *)(exit + *at)),
                                                            _mm_loadl_epi64((const __m128i *)(const void *)value)));
    return _mm_movemask_epi8(_mm_cmpeq_epi8(difference, _mm_setzero_si128())) == 0xffff;
}

static inline bool is_now(const struct when *when, const struct when *now)
{
    return likely(when->exit == now->exit) && likely(when->entry == now->entry) && likely(when->isolate == now->isolate) &&
           likely(when->collections == now->collections);
}

static NOINLINE HOT bool another_holds(struct v8_memos *memos, struct when now, uint64_t *ret)
{
    for (struct memo *memo = memos->memo; memo < memos->memo + MEMOS; memo++) {
        if (!is_now(&memo->when, &now) || !holds(memo))
            continue;
        memos->last = memo;
        memos->client = &memo->client;
        *ret = memo->hash;
        return true;
    }
    return false;
}

HOT bool v8_memos_hold(struct v8_memos *memos, const void *isolate, uint64_t collections, uint64_t *ret)
{
    struct memo *last = memos->last;
    struct when now;

    if (unlikely(!last)) /* else the places in the isolate are known */
        return false;
    now = (struct when){isolate, collections, word_at(isolate, atomic_load_explicit(&exit_offset, memory_order_relaxed)),
                        word_at(isolate, atomic_load_explicit(&entry_offset, memory_order_relaxed))};
    if (likely(is_now(&last->when, &now)) && likely(holds(last))) {
        memos->client = &last->client;
        *ret = last->hash;
        return true;
    }
    return another_holds(memos, now, ret);
}

/* A walk from an exit outwards, while frames are where they may be. */
struct chain {
    struct followed *to; /* where the words go */
    uintptr_t end;       /* the outermost entry */
    const uintptr_t *positions;
    size_t count, matched;
};

static bool note(struct chain *c, const uintptr_t *at)
{
    if (c->to->count == WORDS_MAX)
        return false;
    c->to->words[c->to->count++] = (struct word){at, *at};
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
    size_t words = c->to->count;

    for (int i = 2 * (MARKER - 1); i >= 2 * -ENTRY_LAST; i--) { /* each without its function, and with it */
        const uintptr_t *at = entry + i / 2, *exit = (const uintptr_t *)*at;
        if (may_follow(c, (uintptr_t)entry, *at) && *at != c->end && note(c, at) &&
            (i % 2 == 0 || note_function(c, entry, exit)) && walk(c, *at))
            return true;
        *c = before;
        c->to->count = words;
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

/* Takes the words from the exit to the entry that stand at these places of the isolate. */
static bool explain(struct followed *to, const char *isolate, uint32_t exit, uint32_t entry, const uintptr_t *positions,
                    size_t count)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0), low = word_at(isolate, exit), high = word_at(isolate, entry);
    struct chain chain = {.to = to, .end = high, .positions = positions, .count = count};

    to->count = 0;
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
static COLD bool find(struct followed *to, const char *isolate, const uintptr_t *positions, size_t count)
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
                !explain(to, isolate, exit, entry, positions, count))
                continue;
            atomic_store_explicit(&entry_offset, entry, memory_order_relaxed);
            atomic_store_explicit(&exit_offset, exit, memory_order_release);
            return true;
        }
    }
    return false;
}

static bool follow(struct followed *to, const void *isolate, const uintptr_t *positions, size_t count)
{
    uint32_t exit = atomic_load_explicit(&exit_offset, memory_order_acquire);

    if (exit)
        return explain(to, isolate, exit, atomic_load_explicit(&entry_offset, memory_order_relaxed), positions, count);
    return atomic_load_explicit(&tries, memory_order_relaxed) < TRIES_MAX &&
           atomic_fetch_add_explicit(&tries, 1, memory_order_relaxed) < TRIES_MAX && find(to, isolate, positions, count);
}

/* Links and return addresses were noted in pairs. */
static inline bool is_frame(const struct followed *followed, size_t i)
{
    return followed->words[i + 1].at == followed->words[i].at + 1;
}

/* From this one on they are not the client's. */
static void look_who_asks(struct followed *followed, size_t i)
{
    for (; i + 1 < followed->count; i++) {
        if (is_frame(followed, i) && v8_search_asks(&followed->client, followed->words[i].at))
            return;
    }
}

static void find_client(struct followed *followed)
{
    const uintptr_t *before = NULL, *inner = NULL, *outermost = NULL;

    followed->client.count = 0;
    followed->client.is_asked = followed->client.is_called = false;
    followed->client.variable = NULL;
    followed->client.searches = 0;
    followed->client.has_paths = false;
    for (size_t i = ISOLATE_WORDS; i + 1 < followed->count; i++) {
        if (!is_frame(followed, i))
            continue;
        if (!v8_search_frame(&followed->client, followed->words[i].at)) {
            look_who_asks(followed, i);
            return;
        }
        if (before && v8_search_is_function(followed->words[i].at)) {
            inner = before;
            outermost = followed->words[i].at;
        }
        before = followed->words[i].at;
    }
    if (outermost)
        v8_search_variables(&followed->client, inner + LINK_SIZE, outermost);
}

bool v8_memos_follow(struct v8_memos *memos, const void *isolate, const uintptr_t *positions, size_t count)
{
    if (!follow(&memos->newest, isolate, positions, count))
        return false;
    find_client(&memos->newest);
    memos->client = &memos->newest.client;
    return true;
}

/* The word that stands beside this one, above or below, and was noted behind it. */
static const struct word *neighbour(const struct followed *followed, size_t i)
{
    const struct word *word = &followed->words[i], *next = word + 1;

    return i + 1 < followed->count && (next->at == word->at + 1 || next->at == word->at - 1) ? next : NULL;
}

static void add_pair(struct memo *memo, const uintptr_t *exit, const struct word *low, const struct word *high)
{
    memo->at[memo->pairs] = (int32_t)(low->at - exit);
    memo->values[2 * (size_t)memo->pairs] = low->value;
    memo->values[2 * (size_t)memo->pairs++ + 1] = high->value;
}

static void fill(struct memo *memo, const struct followed *followed)
{
    const uintptr_t *exit = (const uintptr_t *)followed->words[0].value;
    const struct word *singles[WORDS_MAX];

    memo->pairs = memo->singles = 0;
    for (size_t i = ISOLATE_WORDS; i < followed->count; i++) {
        const struct word *word = &followed->words[i], *next = neighbour(followed, i);
        if (next)
            add_pair(memo, exit, next->at < word->at ? next : word, next->at < word->at ? word : next);
        else
            singles[memo->singles++] = word;
        i += next != NULL;
    }
    for (uint32_t last = memo->pairs - 1; memo->pairs % AT_ONCE != 0;)
        add_pair(memo, exit, &(struct word){exit + memo->at[last], memo->values[2 * (size_t)last]},
                 &(struct word){NULL, memo->values[2 * (size_t)last + 1]});
    for (uint32_t i = 0; i < memo->singles; i++) {
        memo->at[memo->pairs + i] = (int32_t)(singles[i]->at - exit);
        memo->values[2 * (size_t)memo->pairs + i] = singles[i]->value;
    }
}

void v8_memos_learn(struct v8_memos *memos, const void *isolate, uint64_t collections, uint64_t hash)
{
    struct memo *memo = &memos->memo[memos->next];

    if (memos->seen[hash % SEEN] != hash) {
        memos->seen[hash % SEEN] = hash;
        return;
    }
    fill(memo, &memos->newest);
    memo->client = memos->newest.client;
    memo->when = (struct when){isolate, collections, memos->newest.words[0].value, memos->newest.words[1].value};
    memo->hash = hash;
    memos->last = memo;
    memos->next = (memos->next + 1) % MEMOS;
}

struct v8_memos_handed *v8_memos_handed(struct v8_memos *memos, uint64_t hash)
{
    return &memos->handed[hash % HANDED];
}

HOT struct v8_client_frames *v8_memos_client(const struct v8_memos *memos)
{
    return memos->client;
}
