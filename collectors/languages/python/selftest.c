#include "collectors/languages/python/selftest.h"

#include <errno.h>

#include "exporter/stream/python_lines.h"
#include "agent/base/readable.h"
#include "collectors/languages/python/object.h"

#define FRAMES_MAX 100 /* looked at */
#define CODE_MAX   (1 << 26)
#define TABLE_MAX  (1 << 26)

static bool read_pointer(const void *object, uint32_t offset, const void **ret)
{
    if (!readable_word((const char *)object + offset))
        return false;
    *ret = python_pointer(object, offset);
    return true;
}

static bool has_type(const void *object, const void *type)
{
    const void *found;

    return readable_word(object) && read_pointer(object, PYTHON_OBJECT_TYPE, &found) && found == type;
}

static bool is_text(const struct python_layout *layout, const void *code, uint32_t offset)
{
    const void *text;

    return read_pointer(code, offset, &text) && has_type(text, layout->unicode_type) &&
           readable_word((const char *)text + PYTHON_TEXT_STATE) && python_is_text(layout, text);
}

static bool code_holds(const struct python_layout *layout, const void *frame, const void *code)
{
    struct python_location location;
    const void *table, *at;
    uint64_t size, code_size = CODE_MAX;
    int64_t position;

    if (!has_type(code, layout->code_type) || !is_text(layout, code, layout->code_name) ||
        !is_text(layout, code, layout->code_filename) || !read_pointer(code, layout->code_line_table, &table) ||
        !has_type(table, layout->bytes_type) || !readable_word((const char *)code + (layout->code_first_line & ~7u)))
        return false;
    size = python_word(table, PYTHON_VAR_SIZE);
    if (size > TABLE_MAX || python_int(code, layout->code_first_line) < 0)
        return false;
    if (layout->position == POSITION_POINTER) {
        if (!read_pointer(frame, layout->frame_position, &at))
            return false;
        position = (const char *)at - ((const char *)code + layout->code_instructions);
        code_size = python_word(code, PYTHON_VAR_SIZE) * 2;
    } else {
        if (!readable_word((const char *)frame + layout->frame_position))
            return false;
        position = python_int(frame, layout->frame_position) * (layout->position == POSITION_UNITS ? 2 : 1);
    }
    if (position < 0 || (uint64_t)position >= code_size || position % 2)
        return false;
    return python_lines_find(layout->minor, (const unsigned char *)table + PYTHON_BYTES_TEXT, size,
                             (uint32_t)python_int(code, layout->code_first_line), (uint32_t)position, &location);
}

/* Checks the fields that interpreters.c reads without asking. */
static bool states_hold(const struct python_layout *layout)
{
    const void *thread = layout->thread_state(), *cframe, *interpreter, *next;

    return !layout->thread_cframe || (thread && read_pointer(thread, layout->thread_cframe, &cframe) && readable_word(cframe) &&
                                      read_pointer(thread, PYTHON_THREAD_INTERPRETER, &interpreter) &&
                                      read_pointer(interpreter, PYTHON_INTERPRETER_NEXT, &next));
}

const void *python_first_frame(const struct python_layout *layout)
{
    int saved_errno = errno;
    const void *thread = layout->thread_state(), *frame = NULL, *inner;

    if (thread && read_pointer(thread, layout->thread_frame, &frame) && frame && layout->indirect &&
        read_pointer(frame, layout->indirect_frame, &inner))
        frame = inner; /* else it cannot be read, and the test will say so */
    errno = saved_errno;
    return frame;
}

bool python_self_test(const struct python_layout *layout, const void *frame)
{
    int saved_errno = errno;
    int with_code = 0;
    bool holds = states_hold(layout);

    for (int i = 0; holds && frame && i < FRAMES_MAX; i++) {
        const void *code = NULL, *next = NULL;

        holds = readable_word(frame) && read_pointer(frame, layout->frame_code, &code) &&
                read_pointer(frame, layout->frame_previous, &next) &&
                (layout->position == POSITION_POINTER || has_type(frame, layout->frame_type)) &&
                (!layout->frame_owner || readable_word((const char *)frame + (layout->frame_owner & ~7u)));
        if (holds && layout->frame_owner && ((const unsigned char *)frame)[layout->frame_owner] >= PYTHON_OWNER_C_STACK) {
            frame = next;
            continue;
        }
        holds = holds && code_holds(layout, frame, python_frame_code(layout, frame));
        with_code++;
        frame = next;
    }
    errno = saved_errno;
    return holds && with_code > 0;
}
