#include "collectors/languages/hotspot/chain.h"

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "agent/base/readable.h"
#include "collectors/languages/hotspot/memo.h"

#define FRAMES_MAX       4096
#define STACK_MAX        (UINT64_C(1) << 30)
#define CONST_METHOD_MAX (UINT64_C(128) << 10) /* bytes: of bytecodes there are 64 KiB at the most */

/* Words from an interpreted frame's base (frame_x86.hpp): above it the return address, below it what its caller's end was before
 * it added to it, the method, the place in its bytecodes. Of a frame that calls into Java: what was kept of the machine's state.
 */
enum {
    RETURN_ADDRESS = 1,
    CALLERS_END = -1,
    METHOD = -3,
    WRAPPER = -6,
    BYTECODE = -8,
    LOWEST = -9,
};

struct chain {
    const struct hotspot_layout *layout;
    struct hotspot_memo *memo; /* NULL: nothing is noted */
    uintptr_t base;
    uintptr_t sp, pc, fp;  /* of the frame that it is at */
    const uintptr_t *link; /* where fp was; NULL: not on the stack */
    uint64_t hash;
    bool tests, failed; /* whether interpreted frames are what they are taken for */
};

/* The base that the frame's callee kept for it; NULL: it cannot be one. */
static const uintptr_t *frame_base(struct chain *chain)
{
    uintptr_t lowest = chain->fp + (uintptr_t)LOWEST * sizeof(uintptr_t);

    if ((chain->fp & 7) || lowest < chain->sp || lowest > chain->fp || chain->fp >= chain->base - sizeof(uintptr_t))
        return NULL;
    if (chain->link)
        hotspot_memo_note(chain->memo, chain->link);
    return (const uintptr_t *)chain->fp;
}

static void go_on(struct chain *chain, uintptr_t sp, const uintptr_t *pc, const uintptr_t *fp)
{
    hotspot_memo_note(chain->memo, pc);
    chain->sp = sp;
    chain->pc = *pc;
    chain->fp = *fp;
    chain->link = fp;
}

static bool pass_compiled(struct chain *chain)
{
    const char *piece = hotspot_code_at(chain->layout, chain->pc);
    uint32_t size = piece ? hotspot_half(piece, chain->layout->frame_size) : 0;
    const uintptr_t *end = (const uintptr_t *)chain->sp + size;

    if (size < 2 || size > (chain->base - chain->sp) / sizeof(uintptr_t))
        return false;
    go_on(chain, (uintptr_t)end, end - 1, end - 2);
    return true;
}

static COLD bool is_interpreted(const struct chain *chain, const uintptr_t *base)
{
    uintptr_t at = base[METHOD] + chain->layout->const_method;

    return base[BYTECODE] == 0 || /* of a native method */
           ((at & 7) == 0 && readable_word((const void *)at) &&
            base[BYTECODE] - hotspot_word((const void *)at, 0) < CONST_METHOD_MAX);
}

static bool pass_interpreted(struct chain *chain)
{
    const uintptr_t *base = frame_base(chain);

    if (unlikely(chain->tests) && base)
        chain->failed = chain->failed || !is_interpreted(chain, base);
    if (!base)
        return false;
    hotspot_memo_note(chain->memo, base + METHOD);
    hotspot_memo_note(chain->memo, base + BYTECODE);
    hotspot_memo_note(chain->memo, base + CALLERS_END);
    chain->hash = hash_mix(chain->hash ^ base[METHOD], base[BYTECODE]);
    go_on(chain, base[CALLERS_END], base + RETURN_ADDRESS, base);
    return true;
}

/* From native code that calls into Java to the Java code that called it. *ret: there is none. */
static bool pass_native(struct chain *chain, bool *ret)
{
    const struct hotspot_layout *layout = chain->layout;
    const uintptr_t *base = frame_base(chain);
    uintptr_t anchor;

    if (!base)
        return false;
    anchor = base[WRAPPER] + layout->wrapper_anchor;
    if ((anchor & 7) || anchor < chain->fp || anchor >= chain->base - 4 * sizeof(uintptr_t))
        return false;
    hotspot_memo_note(chain->memo, base + WRAPPER);
    hotspot_memo_note(chain->memo, (const uintptr_t *)(anchor + layout->anchor_sp));
    chain->sp = hotspot_word((const void *)anchor, layout->anchor_sp);
    *ret = chain->sp == 0;
    if (*ret)
        return true;
    if (chain->sp <= anchor || chain->sp >= chain->base)
        return false;
    hotspot_memo_note(chain->memo, (const uintptr_t *)(anchor + layout->anchor_pc));
    chain->pc = hotspot_word((const void *)anchor, layout->anchor_pc);
    chain->link = (const uintptr_t *)(anchor + layout->anchor_fp);
    chain->fp = *chain->link;
    if (!chain->pc) {
        chain->pc = ((const uintptr_t *)chain->sp)[-1];
        hotspot_memo_note(chain->memo, (const uintptr_t *)chain->sp - 1);
    }
    return true;
}

/* To the first frame of the thread. */
static bool follow(struct chain *chain)
{
    bool ended = false;

    for (int i = 0; i < FRAMES_MAX && !ended; i++) {
        uintptr_t sp = chain->sp;
        bool passed;

        chain->hash = hash_mix(chain->hash, chain->pc);
        if (hotspot_is_interpreter(chain->layout, chain->pc))
            passed = pass_interpreted(chain);
        else if (chain->pc == chain->layout->entry)
            passed = pass_native(chain, &ended);
        else
            passed = pass_compiled(chain);
        if (!passed || (!ended && (chain->sp <= sp || chain->sp >= chain->base || (chain->sp & 7))))
            return false;
    }
    return ended;
}

/* The frames of a virtual thread that has waited are on its carrier's stack only as far as it came back to them: there the chain
 * ends, at code that has no frame (StubRoutines, cont_returnBarrier). */
static COLD bool is_virtual(const struct hotspot_layout *layout, const void *environment)
{
    const char *thread = (const char *)environment - layout->thread_in_environment;
    const uintptr_t *carrier, *now;

    if (!layout->virtual_object)
        return false;
    carrier = (const uintptr_t *)hotspot_word(thread, layout->thread_object);
    now = (const uintptr_t *)hotspot_word(thread, layout->virtual_object);
    return !carrier || !now || *carrier != *now;
}

/* False: nothing can be said of this thread's stack. */
static inline bool ends_of(const struct hotspot_layout *layout, const void *environment, struct hotspot_ends *ret)
{
    const char *thread = (const char *)environment - layout->thread_in_environment;
    const char *anchor = thread + layout->anchor;

    ret->top = hotspot_word(anchor, layout->anchor_sp);
    ret->base = hotspot_word(thread, layout->stack_base);
    ret->pc = hotspot_word(anchor, layout->anchor_pc);
    ret->fp = hotspot_word(anchor, layout->anchor_fp);
    ret->life = hotspot_life(layout);
    return ret->top > (uintptr_t)__builtin_frame_address(0) && ret->base - ret->top < STACK_MAX && !(ret->top & 7);
}

static inline bool read_chain(struct chain *chain, const struct hotspot_layout *layout, const struct hotspot_ends *ends)
{
    chain->layout = layout;
    chain->base = ends->base;
    chain->sp = ends->top;
    chain->pc = ends->pc;
    chain->fp = ends->fp;
    chain->hash = ends->life;
    if (!chain->pc) {
        chain->pc = ((const uintptr_t *)chain->sp)[-1];
        hotspot_memo_note(chain->memo, (const uintptr_t *)chain->sp - 1);
    }
    return follow(chain);
}

HOT bool hotspot_identify(const struct hotspot_layout *layout, const void *environment, uint64_t *ret)
{
    struct hotspot_memos *memos;
    struct hotspot_ends ends;
    struct chain chain = {0};

    if (unlikely(!ends_of(layout, environment, &ends)))
        return false;
    memos = hotspot_memos();
    if (likely(hotspot_memo_holds(memos, &ends, ret)))
        return true;
    chain.memo = hotspot_memo_begin(memos, ends.top);
    if (!read_chain(&chain, layout, &ends))
        return false;
    *ret = chain.hash | 1;
    hotspot_memo_end(memos, &ends, *ret);
    return true;
}

COLD bool hotspot_chain_test(const struct hotspot_layout *layout, const void *environment)
{
    struct chain chain = {.tests = true};
    struct hotspot_ends ends;

    return ends_of(layout, environment, &ends) && (read_chain(&chain, layout, &ends) || is_virtual(layout, environment)) &&
           !chain.failed;
}
