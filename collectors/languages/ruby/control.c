#include "collectors/languages/ruby/control.h"

#include "agent/base/hash.h"
#include "collectors/languages/ruby/layout.h"

#define CONTROL_MAX 4000 /* with functions in C */

struct ruby_layout ruby_layout;
_Atomic int ruby_layout_state = RUBY_LAYOUT_UNUSED;

/* Addresses are used again for other code: where it begins and ends, which follows the label, is taken, too. Not of code that has
 * grown old: what is new at its address is not old before the collector has run three times, and that is another number of
 * collections. Names of blocks depend on the code around them being run as a method of its own (define_method) or not. */
static inline uint64_t hash_of_frame(uint64_t hash, const uint64_t *frame, size_t label, uint64_t old)
{
    const uint64_t *ep = (const uint64_t *)frame[EP], *code = (const uint64_t *)frame[ISEQ], *extent;
    uint64_t methods = 1;

    for (; !(ep[0] & ENV_LOCAL); ep = (const uint64_t *)(ep[-1] & ~EP_BITS))
        methods = methods << 1 | (ep[0] & FRAME_BMETHOD) / FRAME_BMETHOD;
    hash = hash_fold(hash ^ frame[PC], frame[ISEQ] ^ methods << 48 ^ HASH_K1);
    if (likely((code[0] & old) == old))
        return hash;
    extent = (const uint64_t *)(ruby_word(frame[ISEQ], AT_BODY) + label) + 2;
    return hash_mix(hash ^ extent[0], extent[1]);
}

bool ruby_control_hash(uint64_t *ret)
{
    const struct ruby_context *now;
    const uint64_t *frame, *end;
    size_t words = ruby_layout.frame_words, left = CONTROL_MAX, code = 0;
    uint64_t hash = 0, old = ruby_layout.old;

    if (unlikely(atomic_load_explicit(&ruby_layout_state, memory_order_acquire) != RUBY_LAYOUT_HOLDS) ||
        unlikely(!(now = ruby_context())))
        return false;
    end = now->stack + now->words;
    for (frame = now->frame; frame < end && left > 0 && code < RUBY_FRAMES; frame += words, left--) {
        if (frame[PC] == 0)
            continue;
        hash = hash_of_frame(hash, frame, ruby_layout.label, old);
        code++;
    }
    *ret = hash;
    return code > 0 && left > 0;
}

static unsigned kind_of(ruby_value value)
{
    uint64_t flags = ruby_is_object(value) ? ruby_word(value, 0) : 0;

    return (flags & T_MASK) == T_IMEMO ? IMEMO_KIND(flags) : 0;
}

/* The method that a frame belongs to; 0: to none. As rb_vm_frame_method_entry (vm_insnhelper.c). */
static ruby_value method_of(const uint64_t *ep)
{
    ruby_value value;

    for (; !(ep[0] & ENV_LOCAL); ep = (const uint64_t *)(ep[-1] & ~EP_BITS)) {
        if (kind_of(ep[-2]) == KIND_METHOD)
            return ep[-2];
    }
    value = ep[-2];
    if (kind_of(value) == KIND_SVAR)
        value = ruby_word(value, AT_SVAR_METHOD);
    return kind_of(value) == KIND_METHOD ? value : 0;
}

static int line_of(const struct ruby_api *api, const uint64_t *frame)
{
    const uint64_t *code = (const uint64_t *)ruby_word(ruby_word(frame[ISEQ], AT_BODY), AT_CODE);
    size_t next = (size_t)((const uint64_t *)frame[PC] - code);

    return (int)api->line_of(frame[ISEQ], next ? next - 1 : 0);
}

void ruby_layout_frames(const struct ruby_api *api, struct ruby_frames *ret)
{
    const struct ruby_context *now = ruby_context();
    const uint64_t *frame = now ? now->frame : NULL, *end = now ? now->stack + now->words : NULL;
    const char *text;
    size_t length;
    int count = 0;

    for (; frame < end && count < RUBY_FRAMES; frame += ruby_layout.frame_words) {
        ruby_value method;
        if (frame[PC] == 0 || (ret->line[count] = line_of(api, frame)) <= 0)
            continue;
        method = method_of((const uint64_t *)frame[EP]);
        ret->code[count++] = method && ruby_text(api, api->path(method), &text, &length) ? method : frame[ISEQ];
    }
    ret->count = count;
    ret->whole = frame >= end;
}

void ruby_control_frames(const struct ruby_api *api, struct ruby_frames *ret)
{
    ret->count = 0;
    if (atomic_load_explicit(&ruby_layout_state, memory_order_acquire) == RUBY_LAYOUT_HOLDS)
        ruby_layout_frames(api, ret);
}
