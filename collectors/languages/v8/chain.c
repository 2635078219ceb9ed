#include "collectors/languages/v8/chain.h"

#include "agent/base/clock.h"
#include "agent/base/hash.h"

#define SEARCHED   256 /* words above the call, in which the first frame is looked for */
#define FRAME_MAX  (UINT64_C(256) << 10)
#define FRAMES_MAX 400
#define FRAMES_MIN 4  /* fewer may be chance */
#define AGE_BITS   33 /* of the clock: some seconds */

/* Of a frame of JavaScript (src/execution/frame-constants.h, and the same in the v8dbg_off_fp_* that executables export): words
 * below its base. The interpreter's has its bytecode array and the place in it, a small integer in the upper half of the word. */
enum { CONTEXT = -1, BYTECODES = -4, BYTECODE_OFFSET = -5 };

static bool is_frame(uintptr_t frame, uintptr_t below, uintptr_t high)
{
    return frame > below && frame - below < FRAME_MAX && frame + 16 <= high && (frame & 7) == 0;
}

static bool is_tagged(uintptr_t word)
{
    return (word & 1) != 0;
}

/* Compiled code is told by where it returns to; of interpreted code all return to the same places. */
static uint64_t mix_frame(uint64_t hash, const uintptr_t *frame)
{
    uintptr_t offset = frame[BYTECODE_OFFSET];

    hash = hash_mix(hash, frame[1] + (uintptr_t)frame);
    if (is_tagged(frame[CONTEXT]) && is_tagged(frame[BYTECODES]) && (offset & UINT32_MAX) == 0 && offset >> 63 == 0)
        hash = hash_mix(hash, frame[BYTECODES] + offset);
    return hash;
}

static uint32_t follow(uintptr_t frame, uintptr_t high, uint64_t *ret)
{
    uint32_t count = 0;
    uint64_t hash = 0;

    for (uintptr_t next; count < FRAMES_MAX; frame = next) {
        hash = mix_frame(hash, (const uintptr_t *)frame);
        count++;
        next = *(const uintptr_t *)frame;
        if (!is_frame(next, frame, high))
            break;
    }
    *ret = hash;
    return count;
}

bool chain_identify(uintptr_t slot, uintptr_t high, uint64_t *ret)
{
    for (uintptr_t at = slot + 8; at < slot + SEARCHED * 8 && at + 16 <= high; at += 8) {
        uintptr_t frame = *(const uintptr_t *)at;
        if (!is_frame(frame, at, high) || frame - 5 * 8 <= slot || follow(frame, high, ret) < FRAMES_MIN)
            continue;
        /* Code goes and its place is used again: what was found counts for some seconds. */
        *ret = hash_mix(*ret, clock_ticks() >> AGE_BITS) | 1;
        return true;
    }
    return false;
}
