#include "agent/stack/stack.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "agent/base/table.h"
#include "agent/stack/frame.h"
#include "agent/recording/recording.h"
#include "agent/stack/stack_bounds.h"
#include "agent/stack/walker.h"

/* Frames walked at the most: what is deeper is mostly recursion, which folds. A frame of a language takes 3 ns, a native one 25.
 */
#define WALK_VM_MAX  256 /* on the stack */
#define WALK_VM_DEEP 4096
#define WALK_MAX     512
#define FOLD_CYCLE   8 /* longest cycle of frames that is folded */

/* For a thread that was deeper in a language than WALK_VM_MAX. */
struct stack_deep {
    struct vm_frame vm[WALK_VM_DEEP];
    uint32_t frames[WALK_VM_DEEP];
};

static struct table nodes = TABLE_INIT; /* parent and frame -> stack id, as a pointer; written under recording_lock */
static uint32_t last_node;
static struct table lone = TABLE_INIT; /* id of a stack that is one native frame; written under recording_lock */

const struct stack_memo stack_no_memo = {.slot = 0};

static uint32_t node_intern(uint32_t parent, uint32_t frame, bool truncated)
{
    uint64_t key = hash_mix(parent, (uint64_t)frame << 1 | truncated) | 2 /* 0 and 1 are reserved */;
    uint32_t id = (uint32_t)(uintptr_t)table_get(&nodes, key);
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Stack message = NPLUS1__STACK__INIT;

    if (likely(id != 0) || recording_is_full())
        return id;
    lock_take(&recording_lock);
    id = (uint32_t)(uintptr_t)table_get(&nodes, key);
    if (!id) {
        message.has_id = message.has_parent = message.has_frame = true;
        message.id = last_node + 1;
        message.parent = parent;
        message.frame = frame;
        message.has_truncated = message.truncated = truncated;
        record.stack = &message;
        if (recording_append(&record)) {
            id = ++last_node;
            table_put(&nodes, key, (void *)(uintptr_t)id);
        }
    }
    lock_release(&recording_lock);
    return id;
}

/* Collapses repeated cycles, from the outermost frame on: A B B B C and A B C are one stack, and so are A (B C) (B C) D and A B C
 * D. In place, innermost first; the new count. */
static size_t fold(uint32_t *frames, size_t count)
{
    uint32_t *const outermost = frames + count - 1; /* frames are taken from here downwards */
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

static COLD void note_lone(uint32_t stack)
{
    uint64_t key = (uint64_t)stack << 4; /* tables look at bits 4 and up */

    if (table_get(&lone, key))
        return;
    lock_take(&recording_lock);
    table_put(&lone, key, &lone);
    lock_release(&recording_lock);
}

bool stack_is_whole(uint32_t stack)
{
    return !table_get(&lone, (uint64_t)stack << 4);
}

/* Frames innermost first, changed on the way; 0: one of them is 0, or does not fit. */
static uint32_t intern(uint32_t *frames, size_t count, bool truncated, bool native)
{
    uint32_t node = 0;

    for (size_t i = 0; i < count; i++) {
        if (!frames[i])
            return 0;
    }
    count = fold(frames, count);
    if (count > STACK_FRAMES) {
        count = STACK_FRAMES;
        truncated = true;
    }
    for (size_t i = count; i-- > 0;) {
        node = node_intern(node, frames[i], truncated && i == count - 1);
        if (!node)
            break;
    }
    if (unlikely(count == 1) && native && !truncated && node)
        note_lone(node);
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
        memo->address[places] = slots[i];
        memo->value[places++] = addresses[i];
    }
    for (; places % STACK_VERIFIED; places++) {
        memo->address[places] = (uintptr_t)slot;
        memo->value[places] = *slot;
    }
    memo->end = memo->value + places;
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
    uintptr_t addresses[WALK_MAX];
    uint32_t frames[WALK_MAX];
    size_t count = 0, first = 0;

    *ret_whole = walkers_have_native();
    if (*ret_whole) {
        count = native_walker->walk(addresses, WALK_MAX);
        while (first < count && addresses[first] != *slot)
            first++;
    }
    if (first == count) { /* no walker, or it lost its way inside our own frames: at least we know who called */
        addresses[first = 0] = *slot;
        count = 1;
        *ret_whole = false;
    }
    for (size_t i = first; i < count; i++)
        frames[i] = frame_intern_native(addresses[i]);
    return intern(frames + first, count - first, count == WALK_MAX, true);
}

static struct stack_vm_known *known_place(struct thread *thread, uint64_t hash)
{
    return &thread->vm_known[hash % STACK_VM_KNOWN];
}

static uint32_t intern_vm(struct thread *thread, const struct language_walker *walker, const struct vm_frame *vm,
                          uint32_t *frames, size_t count, bool truncated)
{
    struct stack_vm_known *known;
    uint64_t hash = count;
    size_t first = 0;

    for (size_t i = 0; i < count; i++)
        hash = hash_mix(hash, vm[i].key);
    known = known_place(thread, hash);
    if (likely(known->hash == hash) && likely(known->stack))
        return known->stack;
    for (size_t i = 0; i < count; i++)
        frames[i] = frame_intern_vm(walker, &vm[i]);
    while (first + 1 < count && frame_is_client(frames[first]) && frame_is_client(frames[first + 1]))
        first++;
    known->hash = hash;
    known->stack = intern(frames + first, count - first, truncated, false);
    return known->stack;
}

static uint32_t walk_vm_frames(struct thread *thread)
{
    struct vm_frame vm[WALK_VM_MAX];
    uint32_t frames[WALK_VM_MAX];
    const struct language_walker *walker;
    size_t count = walkers_walk_vm(vm, WALK_VM_MAX, &walker);

    if (!count)
        return 0;
    if (likely(count < WALK_VM_MAX))
        return intern_vm(thread, walker, vm, frames, count, false);
    if (!thread->deep && !(thread->deep = memory_map(sizeof *thread->deep)))
        return intern_vm(thread, walker, vm, frames, count, true);
    count = walkers_walk_vm(thread->deep->vm, WALK_VM_DEEP, &walker);
    return intern_vm(thread, walker, thread->deep->vm, thread->deep->frames, count, count == WALK_VM_DEEP);
}

/* The stack in the VM that the thread runs; 0: in none. */
static uint32_t walk_vm(struct thread *thread)
{
    struct stack_vm_known *known;
    uint64_t hash;
    uint32_t stack;

    if (!walkers_identify_vm(&hash))
        return walk_vm_frames(thread);
    known = known_place(thread, hash);
    if (likely(known->hash == hash) && likely(known->stack))
        return known->stack;
    stack = walk_vm_frames(thread);
    known->hash = hash;
    known->stack = stack;
    return stack;
}

static NOINLINE const struct stack_memo *walk_and_learn(struct thread *thread, const uintptr_t *slot, size_t home,
                                                        uint32_t *ret_stack)
{
    const struct stack_memo *memo = &stack_no_memo;
    struct group_shard *last_shard = thread->last_shard;
    int32_t read_descriptor = thread->read_descriptor;
    int cancel_state;
    bool whole;

    /* libunwind writes to a pipe to try addresses, which would be a cancellation point. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
    *ret_stack = walk(slot, &whole);
    if (whole && *ret_stack && thread->memos)
        memo = memo_learn(thread, slot, *ret_stack, home);
    /* libunwind tries addresses with a pipe of its own: that was no read of the program's, see agent/unit/descriptors.h */
    thread->last_shard = last_shard;
    thread->read_descriptor = read_descriptor;
    pthread_setcancelstate(cancel_state, NULL);
    return memo;
}

const struct stack_memo *stack_capture(struct thread *thread, const uintptr_t *slot, uint32_t *ret_stack)
{
    size_t home;

    if (unlikely(walkers_have_vm) && (*ret_stack = walk_vm(thread)) != 0)
        return &stack_no_memo;
    home = (((uintptr_t)slot >> 3) ^ (*slot >> 2) ^ (*slot >> 9)) % STACK_MEMOS;
    if (unlikely(!thread->memos))
        thread->memos = memory_map(sizeof *thread->memos);
    if (likely(thread->memos != NULL) && stack_memo_holds(&thread->memos->memo[home], slot)) {
        *ret_stack = thread->memos->memo[home].stack;
        return &thread->memos->memo[home];
    }
    return walk_and_learn(thread, slot, home, ret_stack);
}

void stack_forget_memos(struct thread *thread)
{
    for (size_t i = 0; thread->memos && i < STACK_MEMOS; i++)
        thread->memos->memo[i].slot = 0;
}

void stack_reset_after_fork(void)
{
    nodes = lone = (struct table)TABLE_INIT;
    last_node = 0;
    frame_reset_after_fork();
}
