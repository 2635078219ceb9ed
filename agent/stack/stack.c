#include "agent/stack/stack.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/base/calm.h"
#include "agent/base/table.h"
#include "agent/loading/real.h"
#include "agent/stack/fold.h"
#include "agent/stack/frame.h"
#include "agent/recording/recording.h"
#include "agent/stack/stack_bounds.h"
#include "agent/stack/walker.h"

#define WALKS_BLIND 3 /* before the bounds of the stack are looked for */

/* For a thread that was deeper in a language than STACK_WALK_VM. */
struct stack_deep {
    struct vm_frame vm[VM_FRAMES_DEEP];
    uint64_t functions[VM_FRAMES_DEEP];
    uint32_t frames[VM_FRAMES_DEEP];
};

static struct table nodes = TABLE_INIT; /* parent and frame -> stack id, as a pointer; written under recording_lock */
static uint32_t last_node;
static struct table lone = TABLE_INIT; /* id of a stack that is one native frame; written under recording_lock */

const struct stack_memo stack_no_memo = {.slot = 0};

static uint32_t node_known(uint64_t key)
{
    return (uint32_t)(uintptr_t)table_get(&nodes, key);
}

/* suspended: what the frame is when it is first met here, which tells no stack from another. */
static uint32_t node_add(uint64_t key, uint32_t parent, uint32_t frame, bool truncated, bool suspended)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Stack message = NPLUS1__STACK__INIT;
    uint32_t id;

    lock_take(&recording_lock);
    id = node_known(key);
    if (!id) {
        message.has_id = message.has_parent = message.has_frame = true;
        message.id = last_node + 1;
        message.parent = parent;
        message.frame = frame;
        message.has_truncated = message.truncated = truncated;
        message.has_suspended = message.suspended = suspended;
        record.stack = &message;
        if (table_reserve(&nodes) && recording_append(&record)) {
            id = ++last_node;
            table_put(&nodes, key, (void *)(uintptr_t)id);
        }
    }
    lock_release(&recording_lock);
    return id;
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

/* Frames innermost first, changed on the way, with room for their functions; suspended: the outermost ones that are. 0: one of
 * them is 0, or does not fit. */
static uint32_t intern(uint32_t *frames, uint64_t *functions, size_t count, size_t suspended, bool truncated, bool native)
{
    uint32_t node = 0;
    bool adds = false;

    for (size_t i = 0; i < count; i++) {
        if (!frames[i])
            return 0;
        functions[i] = frame_function(frames[i]);
    }
    count = fold_stack(frames, functions, count);
    if (count > STACK_FRAMES) {
        count = STACK_FRAMES;
        truncated = true;
    }
    for (size_t i = count; i-- > 0;) {
        bool is_cut = truncated && i == count - 1;
        uint64_t key = hash_mix(node, (uint64_t)frames[i] << 1 | is_cut) | 2 /* 0 and 1 are reserved */;
        uint32_t known = node_known(key);
        if (!known && !adds && !recording_is_full()) {
            adds = true;
            calm_begin(); /* once for all that are new */
        }
        node = known ? known : adds ? node_add(key, node, frames[i], is_cut, count - i <= suspended) : 0;
        if (!node)
            break;
    }
    if (adds)
        calm_end();
    if (unlikely(count == 1) && native && !truncated && node)
        note_lone(node);
    return node;
}

/* What was just walked. Only slots of the thread's own stack will do. The two outermost slots are those that start the thread
 * (_start and __libc_start_main, clone and start_thread): they hold as long as it lives. */
static bool memo_fill(const struct thread *thread, struct stack_memo *memo, uintptr_t slot, size_t count)
{
    const uintptr_t *addresses = thread->memos->walk.addresses, *slots = thread->memos->walk.slots;
    size_t places = 0;

    if (count > STACK_FRAMES - STACK_VERIFIED)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (slots[i] < slot || slots[i] + sizeof(uintptr_t) > thread->stack_high || *(const uintptr_t *)slots[i] != addresses[i])
            return false;
        if (i + 2 >= count && places > 0)
            continue;
        memo->address[places] = slots[i];
        memo->value[places++] = addresses[i];
    }
    for (; places % STACK_VERIFIED; places++) {
        memo->address[places] = slot;
        memo->value[places] = addresses[0];
    }
    memo->end = memo->value + places;
    return true;
}

/* Where a memo may stand: one of its homes is the place's that calls, so that new statements find it there; in the others those
 * of one statement alone. */
struct homes {
    uint32_t at[3];
};

static inline uint32_t home_of_place(const uintptr_t *slot)
{
    return (((uintptr_t)slot >> 3) ^ (*slot >> 2) ^ (*slot >> 9)) % STACK_MEMOS;
}

static inline struct homes homes_of(const uintptr_t *slot, const void *statement)
{
    uint64_t hash = hash_mix((uintptr_t)slot ^ *slot << 32, (uintptr_t)statement);

    return (struct homes){{home_of_place(slot), hash % STACK_MEMOS, (hash >> 32) % STACK_MEMOS}};
}

/* One of so many places, another one at each turn, but not one after the other: stacks that come in turns themselves would each
 * always have the same place, and where two of them have that one in common, each would drive out the other for ever. */
static inline uint32_t take_turn(struct stack_memos *memos, uint32_t places)
{
    return (uint32_t)((memos->turn++ * UINT32_C(0x9e3779b1) * (uint64_t)places) >> 32);
}

static inline bool is_free(const struct stack_memo *memo)
{
    return !memo || memo->slot == 0;
}

/* The first that is free, else any of them: what the program does may have changed. NULL: no memory. */
static struct stack_memo *memo_for(struct thread *thread, struct homes homes)
{
    struct stack_memos *memos = thread->memos;
    struct stack_memo **memo = NULL;

    for (unsigned i = 0; i < ARRAY_LENGTH(homes.at) && !memo; i++)
        memo = is_free(memos->memo[homes.at[i]]) ? &memos->memo[homes.at[i]] : NULL;
    if (!memo)
        memo = &memos->memo[homes.at[take_turn(memos, ARRAY_LENGTH(homes.at))]];
    if (!*memo)
        *memo = pool_alloc(&thread->pool, sizeof **memo);
    return *memo;
}

/* Whether the stack was seen before; it is noted. Two places, in turns: else two stacks that alternate might never be known. */
static bool is_seen(struct stack_memos *memos, uintptr_t slot, uint32_t stack)
{
    uint64_t hash = hash_mix(slot, stack), *first = &memos->seen[hash % STACK_SEEN],
             *second = &memos->seen[(hash >> 32) % STACK_SEEN];

    if (*first == hash || *second == hash)
        return true;
    *(take_turn(memos, 2) ? second : first) = hash;
    return false;
}

/* The thread's memo for a stack of `count` frames that was just walked, if it has been seen before. */
static const struct stack_memo *memo_learn(struct thread *thread, uintptr_t slot, size_t count, uint32_t stack,
                                           struct homes homes)
{
    struct stack_memo *memo;

    if (!is_seen(thread->memos, slot, stack) || !(memo = memo_for(thread, homes)))
        return &stack_no_memo;
    memo->slot = 0;
    if (!stack_bounds_hold(thread, slot) || !memo_fill(thread, memo, slot, count))
        return &stack_no_memo;
    memo->slot = slot;
    memo->stack = stack;
    return memo;
}

/* No walker, or it lost its way inside our own frames: at least we know who called. */
static uint32_t lone_frame(const uintptr_t *slot)
{
    uint32_t frame = frame_intern_native(*slot);
    uint64_t function;

    return intern(&frame, &function, 1, 0, false, true);
}

static struct stack_known *known_place(struct thread *thread, uint64_t hash)
{
    return &thread->known_stacks[hash % STACK_KNOWN];
}

/* Whether the slot is in the thread's own stack. That is worth finding out (a file is read) where a thread walks again and again.
 */
static bool is_own_stack(struct thread *thread, uintptr_t slot)
{
    if (unlikely(!thread->stack_high) && ++thread->memos->walks < WALKS_BLIND)
        return false;
    return stack_bounds_hold(thread, slot);
}

/* How many frames are of the task that the thread runs: all, where it runs none. */
static size_t frames_of_task(const uint32_t *frames, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (frame_runs_task(frames[i]))
            return i;
    }
    return count;
}

static uint32_t intern_native(struct thread *thread, size_t count)
{
    struct stack_walk *w = &thread->memos->walk;
    struct stack_known *known;
    uint64_t hash = hash_mix(count, real_loader_changes);
    bool adds = false;
    size_t own;

    for (size_t i = 0; i < count; i++)
        hash = hash_mix(hash, w->addresses[i]);
    known = known_place(thread, hash);
    if (likely(known->hash == hash) && likely(known->stack))
        return known->stack;
    for (size_t i = 0; i < count; i++) {
        w->frames[i] = frame_known_native(w->addresses[i]);
        if (w->frames[i] || recording_is_full())
            continue;
        if (!adds)
            calm_begin();
        adds = true;
        w->frames[i] = frame_intern_native(w->addresses[i]);
    }
    own = frames_of_task(w->frames, count);
    known->hash = hash;
    known->stack = intern(w->frames, w->functions, own, 0, own < count || count == STACK_WALK, true);
    if (adds)
        calm_end();
    return known->stack;
}

/* *ret_count: frames in the thread's memory; 0: none. */
static uint32_t walk(struct thread *thread, const uintptr_t *slot, size_t *ret_count)
{
    struct stack_walk *w = &thread->memos->walk;
    size_t count = 0;

    if (walkers_have_native())
        count = native_walker->walk((uintptr_t)slot, is_own_stack(thread, (uintptr_t)slot) ? thread->stack_high : 0, w->addresses,
                                    w->slots, STACK_WALK);
    *ret_count = count;
    return count ? intern_native(thread, count) : lone_frame(slot);
}

static bool memos_hold(struct thread *thread)
{
    if (unlikely(!thread->memos))
        thread->memos = memory_map_present(sizeof *thread->memos);
    return likely(thread->memos != NULL);
}

static uint32_t intern_vm(struct thread *thread, const struct language_walker *walker, const struct vm_frame *vm,
                          uint64_t *functions, uint32_t *frames, size_t count, bool truncated)
{
    struct stack_known *known;
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
    known->stack = intern(frames + first, functions + first, count - first, walker->suspended ? walker->suspended() : 0,
                          truncated, false);
    return known->stack;
}

static uint32_t walk_vm_frames(struct thread *thread)
{
    const struct language_walker *walker;
    struct stack_walk *w;
    size_t count;

    if (!memos_hold(thread))
        return 0;
    w = &thread->memos->walk;
    count = walkers_walk_vm(w->vm, STACK_WALK_VM, &walker);
    if (!count)
        return 0;
    if (likely(count < STACK_WALK_VM))
        return intern_vm(thread, walker, w->vm, w->functions, w->frames, count, false);
    if (!thread->deep && !(thread->deep = memory_map(sizeof *thread->deep)))
        return intern_vm(thread, walker, w->vm, w->functions, w->frames, count, true);
    count = walkers_walk_vm(thread->deep->vm, VM_FRAMES_DEEP, &walker);
    return intern_vm(thread, walker, thread->deep->vm, thread->deep->functions, thread->deep->frames, count,
                     count == VM_FRAMES_DEEP);
}

uint32_t stack_capture_vm(struct thread *thread, uint64_t hash)
{
    struct stack_known *known = known_place(thread, hash);
    uint32_t stack;

    if (!hash)
        return walk_vm_frames(thread);
    if (likely(known->hash == hash) && likely(known->stack))
        return known->stack;
    stack = walk_vm_frames(thread);
    *known = (struct stack_known){hash, stack};
    return stack;
}

static NOINLINE const struct stack_memo *walk_and_learn(struct thread *thread, const uintptr_t *slot, const void *statement,
                                                        uint32_t *ret_stack)
{
    const struct homes homes = homes_of(slot, statement);
    size_t count;

    if (!thread->memos) {
        *ret_stack = lone_frame(slot);
        return &stack_no_memo;
    }
    for (unsigned i = 1; i < ARRAY_LENGTH(homes.at); i++) {
        const struct stack_memo *memo = thread->memos->memo[homes.at[i]];
        if (memo && stack_memo_holds(memo, slot)) {
            *ret_stack = memo->stack;
            return memo;
        }
    }
    *ret_stack = walk(thread, slot, &count);
    return count && *ret_stack ? memo_learn(thread, (uintptr_t)slot, count, *ret_stack, homes) : &stack_no_memo;
}

const struct stack_memo *stack_capture(struct thread *thread, const uintptr_t *slot, const void *statement, uint32_t *ret_stack)
{
    const struct stack_memo *memo = memos_hold(thread) ? thread->memos->memo[home_of_place(slot)] : NULL;

    if (memo && stack_memo_holds(memo, slot)) {
        *ret_stack = memo->stack;
        return memo;
    }
    return walk_and_learn(thread, slot, statement, ret_stack);
}

void stack_forget_memos(struct thread *thread)
{
    for (size_t i = 0; thread->memos && i < STACK_MEMOS; i++) {
        if (thread->memos->memo[i])
            thread->memos->memo[i]->slot = 0;
    }
}

void stack_reset_after_fork(void)
{
    nodes = lone = (struct table)TABLE_INIT;
    last_node = 0;
    frame_reset_after_fork();
}
