#include "agent/stack/fold.h"

#include <stdbool.h>
#include <string.h>

#include "agent/base/compiler.h"

#define CYCLE_MOST 8 /* frames of a cycle that is folded */

/* Frames are taken from the outermost one inwards: what is kept of them, which ends at `outermost`. */
struct kept {
    uint32_t *outermost;
    uint64_t *outermost_function;
    size_t count;
};

static inline uint32_t *frame_at(const struct kept *kept, size_t index)
{
    return kept->outermost - index;
}

static inline uint64_t *function_at(const struct kept *kept, size_t index)
{
    return kept->outermost_function - index;
}

static bool is_same_cycle(const struct kept *kept, size_t cycle, bool by_function)
{
    for (size_t i = kept->count - cycle; i < kept->count; i++) {
        bool same = by_function ? *function_at(kept, i) && *function_at(kept, i) == *function_at(kept, i - cycle)
                                : *frame_at(kept, i) == *frame_at(kept, i - cycle);
        if (!same)
            return false;
    }
    return true;
}

static void drop_former(struct kept *kept, size_t cycle)
{
    kept->count -= cycle;
    for (size_t i = kept->count - cycle; i < kept->count; i++) {
        *frame_at(kept, i) = *frame_at(kept, i + cycle);
        *function_at(kept, i) = *function_at(kept, i + cycle);
    }
}

static void fold_frames(struct kept *kept)
{
    for (size_t cycle = 1; cycle <= CYCLE_MOST && cycle * 2 <= kept->count; cycle++) {
        if (is_same_cycle(kept, cycle, false)) {
            kept->count -= cycle;
            return;
        }
    }
}

/* What the last round calls is no call of the recursion, but what it is there for: only where another round begins, the one
 * before the last is as good as that one. */
static void fold_functions(struct kept *kept, uint64_t next)
{
    for (size_t cycle = 1; next && cycle <= CYCLE_MOST && cycle * 2 <= kept->count; cycle++) {
        if (*function_at(kept, kept->count - cycle) == next && is_same_cycle(kept, cycle, true)) {
            drop_former(kept, cycle);
            return;
        }
    }
}

size_t fold_stack(uint32_t *frames, uint64_t *functions, size_t count)
{
    struct kept kept = {frames + count - 1, functions + count - 1, 0};

    for (size_t taken = 0; taken < count; taken++) {
        uint32_t frame = *(kept.outermost - taken);
        uint64_t function = *(kept.outermost_function - taken);
        fold_functions(&kept, function);
        *frame_at(&kept, kept.count) = frame;
        *function_at(&kept, kept.count) = function;
        kept.count++;
        fold_frames(&kept);
    }
    memmove(frames, frames + count - kept.count, kept.count * sizeof frames[0]);
    memmove(functions, functions + count - kept.count, kept.count * sizeof functions[0]);
    return kept.count;
}
