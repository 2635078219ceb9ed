#include "stack.h"

#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "lifecycle.h"
#include "base/table.h"
#include "module.h"
#include "recording.h"
#include "stack_bounds.h"
#include "walker.h"

#define WALK_MAX   512 /* frames walked at the most: what is deeper is mostly recursion, which folds */
#define FOLD_CYCLE 8   /* longest cycle of frames that is folded */

/* Written under recording_lock. Values are ids, which are never 0, as pointers. */
static struct table frames_by_address = TABLE_INIT; /* return address and generation -> frame id */
static struct table frames_by_offset = TABLE_INIT;  /* module and offset -> frame id */
static struct table nodes = TABLE_INIT;             /* parent and frame -> stack id */
static uint32_t last_frame, last_node;

const struct stack_memo stack_no_memo = {.slot = 0};

static void *id_value(uint32_t id)
{
    return (void *)(uintptr_t)id;
}

static uint32_t value_id(void *value)
{
    return (uint32_t)(uintptr_t)value;
}

static uint64_t valid_key(uint64_t key)
{
    return key > TABLE_DELETED ? key : key + 2;
}

static uint32_t frame_add(uintptr_t address, uint64_t address_key)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Frame message = NPLUS1__FRAME__INIT;
    struct module_address at = module_resolve(address);
    uint64_t key = valid_key(hash_mix(at.offset, at.module));
    uint32_t id = value_id(table_get(&frames_by_offset, key));

    if (!id) {
        message.has_id = message.has_language = message.has_module = message.has_offset = true;
        message.id = last_frame + 1;
        message.language = NPLUS1__LANGUAGE__LANGUAGE_NATIVE;
        message.module = at.module;
        message.offset = at.offset;
        record.frame = &message;
        if (!recording_append(&record))
            return 0;
        id = ++last_frame;
        table_put(&frames_by_offset, key, id_value(id));
    }
    table_put(&frames_by_address, address_key, id_value(id));
    return id;
}

/* Locked only while something is new. */
static uint32_t frame_intern(uintptr_t address)
{
    uint64_t key = valid_key(hash_mix(address, lifecycle_loader_changes));
    uint32_t id = value_id(table_get(&frames_by_address, key));

    if (likely(id != 0) || recording_is_full())
        return id;
    lock_take(&recording_lock);
    id = value_id(table_get(&frames_by_address, key));
    if (!id && recording_begin())
        id = frame_add(address, key);
    lock_release(&recording_lock);
    return id;
}

static uint32_t node_intern(uint32_t parent, uint32_t frame, bool truncated)
{
    uint64_t key = valid_key(hash_mix(parent, (uint64_t)frame << 1 | truncated));
    uint32_t id = value_id(table_get(&nodes, key));
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Stack message = NPLUS1__STACK__INIT;

    if (likely(id != 0) || recording_is_full())
        return id;
    lock_take(&recording_lock);
    id = value_id(table_get(&nodes, key));
    if (!id) {
        message.has_id = message.has_parent = message.has_frame = true;
        message.id = last_node + 1;
        message.parent = parent;
        message.frame = frame;
        message.has_truncated = message.truncated = truncated;
        record.stack = &message;
        if (recording_append(&record)) {
            id = ++last_node;
            table_put(&nodes, key, id_value(id));
        }
    }
    lock_release(&recording_lock);
    return id;
}

/* Collapses repeated cycles, from the outermost frame on: A B B B C and A B C are one stack, and so are A (B C) (B C) D and A B C
 * D. In place, innermost first; the new count. */
static size_t fold(uintptr_t *frames, size_t count)
{
    uintptr_t *const outermost = frames + count - 1; /* frames are taken from here downwards */
    size_t kept = 0;

#define KEPT(i) (*(outermost - (i)))
    for (size_t taken = 0; taken < count; taken++) {
        KEPT(kept) = *(outermost - taken);
        kept++;
        for (size_t cycle = 1; cycle <= FOLD_CYCLE && cycle * 2 <= kept; cycle++) {
            size_t same = 0;
            while (same < cycle && KEPT(kept - 1 - same) == KEPT(kept - 1 - same - cycle))
                same++;
            if (same == cycle) {
                kept -= cycle;
                break;
            }
        }
    }
#undef KEPT
    memmove(frames, frames + count - kept, kept * sizeof frames[0]);
    return kept;
}

static uint32_t intern(const uintptr_t *frames, size_t count, bool truncated)
{
    uint32_t node = 0;

    if (count > STACK_FRAMES) {
        count = STACK_FRAMES;
        truncated = true;
    }
    for (size_t i = count; i-- > 0;) {
        uint32_t frame = frame_intern(frames[i]);
        if (!frame)
            return 0;
        node = node_intern(node, frame, truncated && i == count - 1);
        if (!node)
            return 0;
    }
    return node;
}

/* Walks again, slowly, to learn where each return address stands. Only slots of the thread's own stack will do. The two outermost
 * slots are those that start the thread (_start and __libc_start_main, clone and start_thread): they hold as long as it lives. */
static bool memo_fill(struct thread *thread, struct stack_memo *memo, const uintptr_t *slot)
{
    uintptr_t addresses[STACK_FRAMES + 16], slots[STACK_FRAMES + 16];
    size_t count = native_walker->walk_slots(addresses, slots, ARRAY_LENGTH(addresses));
    size_t first = 0, places = 0;

    while (first < count && slots[first] != (uintptr_t)slot)
        first++;
    if (first == count || count == ARRAY_LENGTH(addresses) || count - first > STACK_FRAMES - STACK_VERIFIED)
        return false;
    for (size_t i = first; i < count; i++) {
        if (slots[i] < (uintptr_t)slot || slots[i] + sizeof(uintptr_t) > thread->stack_high ||
            *(const uintptr_t *)slots[i] != addresses[i])
            return false;
        if (i + 2 >= count && places > 0)
            continue;
        memo->address[places] = (const uintptr_t *)slots[i];
        memo->value[places++] = addresses[i];
    }
    for (; places % STACK_VERIFIED; places++) {
        memo->address[places] = slot;
        memo->value[places] = *slot;
    }
    memo->places = places;
    return true;
}

/* The thread's memo for a stack that was just walked, if it has been seen before; else it is noted as seen. */
static const struct stack_memo *memo_learn(struct thread *thread, const uintptr_t *slot, uint32_t stack, size_t home)
{
    struct stack_memo *memo = &thread->memos->memo[home];

    if (thread->memos->candidate[home].slot != (uintptr_t)slot || thread->memos->candidate[home].stack != stack) {
        thread->memos->candidate[home].slot = (uintptr_t)slot;
        thread->memos->candidate[home].stack = stack;
        return &stack_no_memo;
    }
    memo->slot = 0;
    if (!stack_bounds_hold(thread, (uintptr_t)slot) || !memo_fill(thread, memo, slot))
        return &stack_no_memo;
    memo->slot = (uintptr_t)slot;
    memo->stack = stack;
    return memo;
}

static uint32_t walk(const uintptr_t *slot, bool *ret_whole)
{
    uintptr_t frames[WALK_MAX];
    size_t count = 0, first = 0;

    *ret_whole = walkers_have_native();
    if (*ret_whole) {
        count = native_walker->walk(frames, WALK_MAX);
        while (first < count && frames[first] != *slot)
            first++;
    }
    if (first == count) { /* no walker, or it lost its way inside our own frames: at least we know who called */
        frames[first = 0] = *slot;
        count = 1;
        *ret_whole = false;
    }
    return intern(frames + first, fold(frames + first, count - first), count == WALK_MAX);
}

const struct stack_memo *stack_capture(struct thread *thread, const uintptr_t *slot, uint32_t *ret_stack)
{
    size_t home = (((uintptr_t)slot >> 3) ^ (*slot >> 2) ^ (*slot >> 9)) % STACK_MEMOS;
    bool whole;

    if (unlikely(!thread->memos))
        thread->memos = memory_map(sizeof *thread->memos);
    if (likely(thread->memos != NULL) && stack_memo_holds(&thread->memos->memo[home], slot)) {
        *ret_stack = thread->memos->memo[home].stack;
        return &thread->memos->memo[home];
    }
    *ret_stack = walk(slot, &whole);
    if (!whole || !*ret_stack || !thread->memos)
        return &stack_no_memo;
    return memo_learn(thread, slot, *ret_stack, home);
}

void stack_forget_memos(struct thread *thread)
{
    for (size_t i = 0; thread->memos && i < STACK_MEMOS; i++)
        thread->memos->memo[i].slot = 0;
}

void stack_reset_after_fork(void)
{
    frames_by_address = frames_by_offset = nodes = (struct table)TABLE_INIT;
    last_frame = last_node = 0;
    module_reset_after_fork();
}
