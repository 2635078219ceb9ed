#include "collectors/languages/php/selftest.h"

#include <errno.h>
#include <stddef.h>

#include "agent/base/readable.h"

#define FRAMES_MAX 100 /* looked at */
#define TEXT_MAX   65536
#define LINE_MAX   (1 << 24)
#define CODE_MAX   (1 << 24) /* instructions */

static bool read_pointer(const void *object, uint32_t offset, const char **ret)
{
    if (!readable_word((const char *)object + offset))
        return false;
    *ret = php_pointer(object, offset);
    return true;
}

static bool is_text(const char *string)
{
    uint64_t length;

    if (!readable_word(string) || !readable_word(string + PHP_STRING_LENGTH))
        return false;
    length = php_word(string, PHP_STRING_LENGTH);
    return length < TEXT_MAX && readable_word(string + ((PHP_STRING_TEXT + length) & ~UINT64_C(7))) &&
           string[PHP_STRING_TEXT + length] == '\0';
}

static bool code_holds(const struct php_layout *layout, const char *frame, const char *function, bool first)
{
    const char *opline, *opcodes, *filename, *name, *scope;
    uint64_t last;

    if (!read_pointer(frame, PHP_FRAME_OPLINE, &opline) || !read_pointer(function, layout->filename, &filename) ||
        !read_pointer(function, layout->opcodes, &opcodes) || !read_pointer(function, PHP_FUNCTION_NAME, &name) ||
        !read_pointer(function, PHP_FUNCTION_SCOPE, &scope) || !readable_word(function + (layout->last & ~7u)) ||
        !is_text(filename) || (name && !is_text(name)))
        return false;
    if (scope && (!read_pointer(scope, PHP_CLASS_NAME, &name) || !is_text(name)))
        return false;
    last = php_int(function, layout->last);
    if (last == 0 || last > CODE_MAX || !readable_word(opcodes))
        return false;
    if (first && layout->executed_filename() != filename + PHP_STRING_TEXT)
        return false;
    /* While an exception flies, a frame stands at an instruction that is nobody's. */
    if ((uint64_t)(opline - opcodes) >= last * PHP_OPCODE_SIZE)
        return true;
    return (uint64_t)(opline - opcodes) % PHP_OPCODE_SIZE == 0 && readable_word(opline + PHP_OPCODE_LINE) &&
           php_int(opline, PHP_OPCODE_LINE) <= LINE_MAX &&
           (!first || layout->executed_line() == php_int(opline, PHP_OPCODE_LINE));
}

bool php_self_test(const struct php_layout *layout, const void *frame)
{
    int saved_errno = errno, with_code = 0;
    bool holds = true;

    for (int i = 0; holds && frame && i < FRAMES_MAX; i++) {
        const char *function, *next = NULL;

        holds = readable_word(frame) && read_pointer(frame, PHP_FRAME_FUNCTION, &function) &&
                read_pointer(frame, PHP_FRAME_PREVIOUS, &next) && (!function || readable_word(function));
        if (holds && function && (function[PHP_FUNCTION_TYPE] == PHP_TYPE_USER || function[PHP_FUNCTION_TYPE] == PHP_TYPE_EVAL))
            holds = code_holds(layout, frame, function, with_code++ == 0);
        frame = next;
    }
    errno = saved_errno;
    return holds && with_code > 0;
}
