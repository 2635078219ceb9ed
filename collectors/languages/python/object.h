/* Reading CPython's strings, without the interpreter's help.
 *
 * For objects that the calling thread's frames keep alive. No lock, no allocation, safe without the interpreter's lock.
 */
#ifndef NPLUS1_COLLECTORS_LANGUAGES_PYTHON_OBJECT_H
#define NPLUS1_COLLECTORS_LANGUAGES_PYTHON_OBJECT_H

#include "collectors/languages/python/layout.h"

#include <string.h>

#include "agent/base/compiler.h"

static inline const char *python_pointer(const void *object, uint32_t offset)
{
    const char *value;
    memcpy(&value, (const char *)object + offset, sizeof value);
    return value;
}

static inline uint64_t python_word(const void *object, uint32_t offset)
{
    uint64_t value;
    memcpy(&value, (const char *)object + offset, sizeof value);
    return value;
}

static inline int32_t python_int(const void *object, uint32_t offset)
{
    int32_t value;
    memcpy(&value, (const char *)object + offset, sizeof value);
    return value;
}

/* The code of a frame: since 3.14 the lowest bits say how it is held. No object's address has them. */
static inline const char *python_frame_code(const struct python_layout *layout, const void *frame)
{
    return (const char *)((uintptr_t)python_word(frame, layout->frame_code) & ~(uintptr_t)3);
}

/* Where a frame is in its code: bytes from the first instruction; negative before that. */
static inline uintptr_t python_position(const struct python_layout *layout, const void *frame, const void *code)
{
    uintptr_t at;

    switch (layout->position) {
    case POSITION_BYTES:
        return (uintptr_t)python_int(frame, layout->frame_position);
    case POSITION_UNITS:
        return (uintptr_t)python_int(frame, layout->frame_position) * 2;
    default:
        at = (uintptr_t)python_pointer(frame, layout->frame_position);
        return at - (uintptr_t)code - layout->code_instructions;
    }
}

/* Whether code is of a function of this name, in plain letters, which is qualified since 3.11. */
static inline bool python_is_called(const struct python_layout *layout, const char *code, const char *what, size_t length)
{
    const char *name = python_pointer(code, layout->code_name);

    return unlikely(python_word(name, PYTHON_TEXT_LENGTH) == length) && memcmp(name + layout->ascii_text, what, length) == 0;
}

/* Writes a string as UTF-8, terminated, cut at a character. Not compact, or of an unknown kind: "?". */
void python_text(const struct python_layout *layout, const void *string, char *ret, size_t size);

/* Whether the object is a string that python_text can read; nothing but its head is looked at. */
bool python_is_text(const struct python_layout *layout, const void *object);

#endif
