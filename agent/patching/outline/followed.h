/* What was followed of a module's code so far (follow.h), for those who look at it meanwhile. */
#ifndef NPLUS1_AGENT_PATCHING_OUTLINE_FOLLOWED_H
#define NPLUS1_AGENT_PATCHING_OUTLINE_FOLLOWED_H

#include "agent/patching/image.h"
#include "agent/patching/outline/marks.h"

#define FOLLOW_WAITING 64

struct follow {
    const struct image *image;
    const struct marks *marks;
    struct image_range code;   /* the segment that has it */
    uint64_t *begins, *starts; /* a bit for each byte of it: where instructions begin, where functions do */
    uint64_t *objects;         /* a bit for each of the marks': data that was looked at */
    uintptr_t *left, *data;    /* not followed yet, not looked at yet */
    size_t left_count, data_count;
    size_t size, followed;             /* bytes of each of begins and starts; bytes of instructions */
    uintptr_t waiting[FOLLOW_WAITING]; /* switches of which the table was not found yet */
    size_t waiting_count;
    bool failed;
};

/* Whether an instruction, or a function, that was reached begins there. */
static inline bool follow_has(const struct follow *follow, const uint64_t *bits, uintptr_t address)
{
    size_t number = address - follow->code.start;

    return address - follow->code.start < follow->code.end - follow->code.start && bits[number / 64] >> number % 64 & 1;
}

#endif
