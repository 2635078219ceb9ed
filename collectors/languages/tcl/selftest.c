#include "collectors/languages/tcl/selftest.h"

#include <errno.h>

#include "agent/base/readable.h"
#include "collectors/languages/tcl/layout.h"
#include "collectors/languages/tcl/place.h"

#define FRAMES_MAX   200 /* looked at */
#define TEXT_MAX     4096
#define SIZE_MAXIMUM (1 << 28)
#define LINE_MAX     (1 << 24)
#define WORDS_MAX    (1 << 20)

static bool can_read(const char *object, uint32_t offset)
{
    return object && ((uintptr_t)object & 7) == 0 && readable_word((const void *)(((uintptr_t)object + offset) & ~UINT64_C(7)));
}

static bool read_pointer(const char *object, uint32_t offset, const char **ret)
{
    if (!can_read(object, offset))
        return false;
    *ret = tcl_pointer(object, offset);
    return true;
}

/* Terminated text of `length` bytes, or of any length where that is -1. */
static bool is_text(const char *text, int32_t length)
{
    for (int32_t i = 0; i < TEXT_MAX; i++) {
        if ((i == 0 || ((uintptr_t)(text + i) & 7) == 0) && !readable_word((const void *)((uintptr_t)(text + i) & ~UINT64_C(7))))
            return false;
        if (text[i] == '\0')
            return length < 0 || i == length;
    }
    return false;
}

/* A Tcl_Obj, whose text may not be made yet. */
static bool is_value(const char *object)
{
    const char *text;

    return read_pointer(object, TCL_OBJ_TEXT, &text) && can_read(object, TCL_OBJ_LENGTH) &&
           (!text || is_text(text, tcl_int(object, TCL_OBJ_LENGTH)));
}

static bool is_in(int32_t value, int32_t least, int32_t most)
{
    return value >= least && value <= most;
}

static bool are_lines(const char *lines, int32_t words)
{
    for (int32_t i = 0; i < words; i++) {
        const char *word = lines + (size_t)i * sizeof(int32_t);
        if (!readable_word((const void *)((uintptr_t)word & ~UINT64_C(7))) || !is_in(tcl_int(word, 0), -1, LINE_MAX))
            return false;
    }
    return true;
}

/* Checks the tables of lines of a code that the interpreter runs. */
static bool lines_hold(const char *interp, const char *code)
{
    const char *table, *buckets, *lines, *commands, *words, *path;
    int32_t type;

    if (!read_pointer(interp, TCL_INTERP_LINES_OF_CODE, &table) || !read_pointer(table, TCL_TABLE_BUCKETS, &buckets) ||
        !can_read(buckets, 0) || !can_read(table, TCL_TABLE_MASK) || !is_in(tcl_int(table, TCL_TABLE_SHIFT), 0, 30) ||
        !is_in(tcl_int(table, TCL_TABLE_MASK), 3, SIZE_MAXIMUM))
        return false;
    lines = tcl_lines_of(interp, code);
    if (!read_pointer(lines, TCL_LINES_PATH, &path) || !read_pointer(lines, TCL_LINES_COMMANDS, &commands) ||
        !can_read(lines, TCL_LINES_TYPE) || !can_read(lines, TCL_LINES_COUNT))
        return false;
    type = tcl_int(lines, TCL_LINES_TYPE);
    if (!is_in(type, TCL_TYPE_EVAL, TCL_TYPE_PROC) || !is_in(tcl_int(lines, TCL_LINES_START), 0, LINE_MAX) ||
        !is_in(tcl_int(lines, TCL_LINES_COUNT), 0, WORDS_MAX) || (type == TCL_TYPE_SOURCE && !is_value(path)))
        return false;
    for (int32_t i = 0; i < tcl_int(lines, TCL_LINES_COUNT) && i < FRAMES_MAX; i++, commands += TCL_LINES_COMMAND_SIZE) {
        if (!can_read(commands, TCL_COMMAND_OFFSET) || !read_pointer(commands, TCL_COMMAND_LINES, &words) ||
            !is_in(tcl_int(commands, TCL_COMMAND_OFFSET), 0, tcl_int(code, TCL_CODE_SOURCE_SIZE)) ||
            !is_in(tcl_int(commands, TCL_COMMAND_WORDS), 0, WORDS_MAX) || !are_lines(words, tcl_int(commands, TCL_COMMAND_WORDS)))
            return false;
    }
    return true;
}

static bool code_holds(const char *interp, const char *frame)
{
    static const uint32_t tables[] = {TCL_CODE_DELTAS, TCL_CODE_LENGTHS, TCL_CODE_SOURCE_DELTAS, TCL_CODE_SOURCE_LENGTHS};
    const char *code, *handle, *owner, *source, *start, *end, *pc = tcl_pointer(frame, TCL_FRAME_PC);

    if (!read_pointer(frame, TCL_FRAME_CODE, &code) || !read_pointer(code, TCL_CODE_INTERP, &handle) ||
        !read_pointer(handle, 0, &owner) || owner != interp || !can_read(code, TCL_CODE_SIZE) ||
        !can_read(code, TCL_CODE_COMMANDS) || !read_pointer(code, TCL_CODE_START, &start) ||
        !read_pointer(code, TCL_CODE_SOURCE, &source) || !readable_word((const void *)((uintptr_t)source & ~UINT64_C(7))))
        return false;
    if (!is_in(tcl_int(code, TCL_CODE_SIZE), 1, SIZE_MAXIMUM) || !is_in(tcl_int(code, TCL_CODE_COMMANDS), 0, WORDS_MAX) ||
        !is_in(tcl_int(code, TCL_CODE_SOURCE_SIZE), 0, SIZE_MAXIMUM) || pc < start || pc >= start + tcl_int(code, TCL_CODE_SIZE))
        return false;
    end = start + tcl_int(code, TCL_CODE_SIZE);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) { /* one behind the other, a byte for each command at least */
        if (!read_pointer(code, tables[i], &start) || start < end ||
            !readable_word((const void *)((uintptr_t)start & ~UINT64_C(7))))
            return false;
        end = start + tcl_int(code, TCL_CODE_COMMANDS);
    }
    return lines_hold(interp, code);
}

static bool is_word(const char *call, int32_t index)
{
    const char *words, *word;

    return is_in(tcl_int(call, TCL_CALL_COUNT), 0, WORDS_MAX) &&
           (tcl_int(call, TCL_CALL_COUNT) <= index ||
            (read_pointer(call, TCL_CALL_WORDS, &words) &&
             read_pointer(words, (uint32_t)index * (uint32_t)sizeof(void *), &word) && is_value(word)));
}

static bool method_holds(const char *call)
{
    const char *context, *object, *chain, *class, *command, *entry;

    if (!read_pointer(call, TCL_CALL_CONTEXT, &context) || !read_pointer(context, TCL_CONTEXT_OBJECT, &object) ||
        !read_pointer(context, TCL_CONTEXT_CHAIN, &chain) || !can_read(chain, TCL_CHAIN_FLAGS) ||
        !can_read(object, TCL_OBJECT_FLAGS) || !is_word(call, 1))
        return false;
    if (tcl_int(object, TCL_OBJECT_FLAGS) & TCL_OBJECT_GOING)
        return true;
    return read_pointer(object, TCL_OBJECT_CLASS, &class) && read_pointer(class, TCL_CLASS_OBJECT, &object) &&
           read_pointer(object, TCL_OBJECT_COMMAND, &command) && read_pointer(command, TCL_COMMAND_ENTRY, &entry) &&
           can_read(entry, TCL_ENTRY_KEY) && is_text(entry + TCL_ENTRY_KEY, -1);
}

static bool call_holds(const char *interp, const char *call)
{
    const char *proc, *owner, *space, *name, *caller = call;

    if (!can_read(call, TCL_CALL_KIND) || !read_pointer(call, TCL_CALL_PROC, &proc))
        return false;
    for (int i = 0; i < TCL_OUTER_MAX && caller; i++) {
        if (!read_pointer(caller, TCL_CALL_CALLER, &caller) || (caller && !can_read(caller, TCL_CALL_CONTEXT)))
            return false;
    }
    if (!proc)
        return true;
    if (!read_pointer(proc, TCL_PROC_INTERP, &owner) || owner != interp)
        return false;
    if (tcl_int(call, TCL_CALL_KIND) & TCL_KIND_METHOD)
        return method_holds(call);
    return read_pointer(call, TCL_CALL_NAMESPACE, &space) && can_read(space, TCL_NAMESPACE_ID) &&
           read_pointer(space, TCL_NAMESPACE_NAME, &name) && name && is_text(name, -1) && is_word(call, 0);
}

static bool frame_holds(const char *interp, const char *frame)
{
    const char *lines, *call, *text, *path;
    int32_t type;

    for (uint32_t word = TCL_FRAME_TYPE; word <= TCL_FRAME_LENGTH; word += sizeof(void *)) {
        if (!can_read(frame, word))
            return false;
    }
    type = tcl_int(frame, TCL_FRAME_TYPE);
    call = tcl_pointer(frame, TCL_FRAME_CALL);
    if (!is_in(type, TCL_TYPE_EVAL, TCL_TYPE_SOURCE) || type == 1 || (call && !call_holds(interp, call)))
        return false;
    if (type == TCL_TYPE_CODE)
        return code_holds(interp, frame);
    lines = tcl_pointer(frame, TCL_FRAME_LINES);
    if (type == TCL_TYPE_PRECOMPILED || !lines)
        return true;
    text = tcl_pointer(frame, TCL_FRAME_TEXT);
    path = tcl_pointer(frame, TCL_FRAME_PATH);
    return is_in(tcl_int(frame, TCL_FRAME_WORDS), 1, WORDS_MAX) && are_lines(lines, tcl_int(frame, TCL_FRAME_WORDS)) && text &&
           is_in(tcl_int(frame, TCL_FRAME_LENGTH), 1, SIZE_MAXIMUM) &&
           readable_word((const void *)((uintptr_t)text & ~UINT64_C(7))) && (type != TCL_TYPE_SOURCE || is_value(path));
}

bool tcl_self_test(const char *interp)
{
    int saved_errno = errno, frames = 0;
    struct tcl_cursor cursor;
    const char *owner, *coroutine;
    bool holds = can_read(interp, TCL_INTERP_FRAME);

    if (holds)
        cursor = tcl_innermost(interp);
    while (holds && cursor.frame && frames < FRAMES_MAX) {
        const char *next, *environment = cursor.environment;
        holds = read_pointer(environment, TCL_ENVIRONMENT_INTERP, &owner) && owner == interp &&
                read_pointer(environment, TCL_ENVIRONMENT_COROUTINE, &coroutine) &&
                (!coroutine || (can_read(coroutine, TCL_COROUTINE_FRAME) && can_read(coroutine, TCL_COROUTINE_CALLER))) &&
                frame_holds(interp, cursor.frame);
        if (!holds)
            break;
        next = tcl_pointer(cursor.frame, TCL_FRAME_NEXT);
        holds = tcl_int(cursor.frame, TCL_FRAME_LEVEL) ==
                (next ? can_read(next, TCL_FRAME_LEVEL) ? tcl_int(next, TCL_FRAME_LEVEL) + 1 : -1 : 1);
        frames++;
        tcl_go_out(&cursor);
    }
    errno = saved_errno;
    return holds && frames > 0;
}
