#include "agent/patching/unknown.h"

#include "agent/base/machine/decode.h"

#define CALLEES_MAX 96

bool unknown_is_called_by(const struct image *image, uintptr_t function)
{
    uintptr_t callees[CALLEES_MAX] = {function};
    size_t count = 1;

    for (size_t i = 0; i < count; i++) {
        struct image_range range;
        struct instruction instruction;
        size_t number;

        if (!image_function(image, callees[i], &range, &number))
            continue;
        for (uintptr_t at = callees[i]; at < range.end; at += instruction.length) {
            size_t known = 0;
            if (!decode((const uint8_t *)at, range.end - at, at, &instruction))
                break;
            if (instruction.kind == DECODE_CALL_POINTER || instruction.kind == DECODE_JUMP_POINTER)
                return true;
            if (!instruction.relative_at || (instruction.target >= range.start && instruction.target < range.end))
                continue;
            while (known < count && callees[known] != instruction.target)
                known++;
            if (known == count && count < CALLEES_MAX)
                callees[count++] = instruction.target;
        }
    }
    return false;
}
