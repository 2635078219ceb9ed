#include "collectors/languages/tcl/place.h"

#include <limits.h>

#include "collectors/languages/tcl/script.h"

/* Where a frame stands. A command is part of a script. */
struct command {
    const char *path; /* a Tcl_Obj; NULL: none */
    const char *script, *text;
    size_t script_length, length;
    const char *lines; /* of its words, as far as they are literal; words 0: they say no more than the text */
    int32_t words;
    int32_t line; /* of the text's beginning in the file, or in the script when there is no path; 0: not known */
};

/* ---- names */

static void set_name(struct tcl_name *ret, const char *name)
{
    ret->name = name;
    ret->length = strlen(name);
}

/* Takes the name from a word of the call; false: there is none. */
static bool set_word(struct tcl_name *ret, const char *call, int32_t index)
{
    const char *word, *text, *colon;
    size_t length;

    if (tcl_int(call, TCL_CALL_COUNT) <= index)
        return false;
    word = tcl_pointer(tcl_pointer(call, TCL_CALL_WORDS), (uint32_t)index * (uint32_t)sizeof(void *));
    text = tcl_pointer(word, TCL_OBJ_TEXT);
    if (!text)
        return false;
    length = (size_t)tcl_int(word, TCL_OBJ_LENGTH);
    colon = memrchr(text, ':', length);
    ret->name = colon ? colon + 1 : text;
    ret->length = length - (size_t)(ret->name - text);
    return true;
}

static void set_class(struct tcl_name *ret, const char *object)
{
    const char *class = tcl_pointer(object, TCL_OBJECT_CLASS), *entry;

    if (tcl_int(object, TCL_OBJECT_FLAGS) & TCL_OBJECT_GOING || !class)
        return;
    object = tcl_pointer(class, TCL_CLASS_OBJECT);
    entry = object ? tcl_pointer(object, TCL_OBJECT_COMMAND) : NULL;
    entry = entry ? tcl_pointer(entry, TCL_COMMAND_ENTRY) : NULL;
    if (entry) { /* classes of one name in two namespaces are rare, and lines tell them apart */
        ret->qualifier = entry + TCL_ENTRY_KEY;
        ret->qualifier_hash = (uintptr_t)tcl_pointer(entry, TCL_ENTRY_HASH);
    }
}

/* The words of [next] do not name the method: those of the call that it goes on with do, which has the same context. */
static const char *first_call_of(const char *context, const char *call)
{
    const char *at = call;

    for (int i = 0; i < TCL_OUTER_MAX && (at = tcl_pointer(at, TCL_CALL_CALLER)) != NULL; i++) {
        if (tcl_int(at, TCL_CALL_KIND) & TCL_KIND_METHOD && tcl_pointer(at, TCL_CALL_CONTEXT) == context)
            call = at;
    }
    return call;
}

static void set_method(struct tcl_name *ret, const char *call)
{
    const char *context = tcl_pointer(call, TCL_CALL_CONTEXT);
    int32_t flags = tcl_int(tcl_pointer(context, TCL_CONTEXT_CHAIN), TCL_CHAIN_FLAGS);

    set_class(ret, tcl_pointer(context, TCL_CONTEXT_OBJECT));
    if (flags & (TCL_CHAIN_CONSTRUCTOR | TCL_CHAIN_DESTRUCTOR))
        set_name(ret, flags & TCL_CHAIN_CONSTRUCTOR ? "<constructor>" : "<destructor>");
    else if (!set_word(ret, first_call_of(context, call), 1))
        set_name(ret, "<method>");
}

struct tcl_name tcl_name_of(const char *call)
{
    struct tcl_name ret = {.qualifier = ""};
    const char *space;
    int32_t kind;

    if (!call || !tcl_pointer(call, TCL_CALL_PROC))
        return ret;
    kind = tcl_int(call, TCL_CALL_KIND);
    if (kind & TCL_KIND_METHOD) {
        set_method(&ret, call);
        return ret;
    }
    space = tcl_pointer(call, TCL_CALL_NAMESPACE);
    ret.qualifier = tcl_pointer(space, TCL_NAMESPACE_NAME);
    ret.qualifier_hash = (uintptr_t)tcl_pointer(space, TCL_NAMESPACE_ID);
    if (kind & TCL_KIND_LAMBDA || !set_word(&ret, call, 0))
        set_name(&ret, kind & TCL_KIND_LAMBDA ? "<lambda>" : "<proc>");
    return ret;
}

/* ---- positions */

/* The encoding of tclCompile.h (struct ByteCode): a byte, or 0xff and four bytes, high ones first; both signed. */
static int32_t next_number(const unsigned char **at)
{
    uint32_t value;

    if (**at != 0xff)
        return (signed char)*(*at)++;
    value = (uint32_t)(*at)[1] << 24 | (uint32_t)(*at)[2] << 16 | (uint32_t)(*at)[3] << 8 | (*at)[4];
    *at += 5;
    return (int32_t)value;
}

/* The command that a position in the code belongs to: of all that enclose it, the one that begins last. */
static bool find_command(const char *code, int32_t pc, int32_t *ret_offset, int32_t *ret_length)
{
    const unsigned char *deltas = (const unsigned char *)tcl_pointer(code, TCL_CODE_DELTAS),
                        *lengths = (const unsigned char *)tcl_pointer(code, TCL_CODE_LENGTHS),
                        *source_deltas = (const unsigned char *)tcl_pointer(code, TCL_CODE_SOURCE_DELTAS),
                        *source_lengths = (const unsigned char *)tcl_pointer(code, TCL_CODE_SOURCE_LENGTHS);
    int32_t commands = tcl_int(code, TCL_CODE_COMMANDS), begin = 0, offset = 0, best = INT32_MAX;

    for (int32_t i = 0; i < commands; i++) {
        int32_t length, source_length;
        begin += next_number(&deltas);
        length = next_number(&lengths);
        offset += next_number(&source_deltas);
        source_length = next_number(&source_lengths);
        if (begin > pc)
            break;
        if (pc < begin + length && pc - begin <= best) {
            best = pc - begin;
            *ret_offset = offset;
            *ret_length = source_length;
        }
    }
    return best != INT32_MAX;
}

static int32_t count_newlines(const char *from, const char *to)
{
    int32_t count = 0;

    while (from < to && (from = memchr(from, '\n', (size_t)(to - from))) != NULL) {
        count++;
        from++;
    }
    return count;
}

int32_t tcl_first_line(const char *lines, int32_t words)
{
    for (int32_t i = 0; lines && i < words; i++) {
        int32_t line = tcl_int(lines, (uint32_t)i * (uint32_t)sizeof(int32_t));
        if (line > 0)
            return line;
    }
    return 0;
}

static void read_code(const char *interp, const char *frame, struct command *ret)
{
    const char *code = tcl_pointer(frame, TCL_FRAME_CODE), *pc = tcl_pointer(frame, TCL_FRAME_PC), *lines, *commands;
    int32_t offset = 0, length = tcl_int(code, TCL_CODE_SOURCE_SIZE);

    ret->script = tcl_pointer(code, TCL_CODE_SOURCE);
    ret->script_length = (size_t)length;
    find_command(code, (int32_t)(pc - tcl_pointer(code, TCL_CODE_START)), &offset, &length);
    ret->text = ret->script + offset;
    ret->length = (size_t)length;
    ret->line = 0;
    lines = tcl_lines_of(interp, code);
    if (!lines)
        return;
    if (tcl_int(lines, TCL_LINES_TYPE) == TCL_TYPE_SOURCE)
        ret->path = tcl_pointer(lines, TCL_LINES_PATH);
    commands = tcl_pointer(lines, TCL_LINES_COMMANDS);
    for (int32_t i = 0; i < tcl_int(lines, TCL_LINES_COUNT); i++, commands += TCL_LINES_COMMAND_SIZE) {
        if (tcl_int(commands, TCL_COMMAND_OFFSET) == offset) {
            ret->lines = tcl_pointer(commands, TCL_COMMAND_LINES);
            ret->words = tcl_int(commands, TCL_COMMAND_WORDS);
            ret->line = tcl_first_line(ret->lines, ret->words);
            break;
        }
    }
    if (ret->line == 0)
        ret->line = tcl_int(lines, TCL_LINES_START) + count_newlines(ret->script, ret->text);
}

static void read_command(const char *interp, const char *frame, struct command *ret)
{
    int32_t type = tcl_int(frame, TCL_FRAME_TYPE);
    const char *lines = tcl_pointer(frame, TCL_FRAME_LINES);

    *ret = (struct command){0};
    if (type == TCL_TYPE_CODE) {
        read_code(interp, frame, ret);
    } else if (type != TCL_TYPE_PRECOMPILED && lines) { /* without, it is a command that was made as a list: it has no text */
        if (type == TCL_TYPE_SOURCE)
            ret->path = tcl_pointer(frame, TCL_FRAME_PATH);
        ret->script = ret->text = tcl_pointer(frame, TCL_FRAME_TEXT);
        ret->script_length = ret->length = (size_t)tcl_int(frame, TCL_FRAME_LENGTH);
        ret->line = tcl_first_line(lines, tcl_int(frame, TCL_FRAME_WORDS));
    }
    if (ret->path && (!tcl_pointer(ret->path, TCL_OBJ_TEXT) || tcl_int(ret->path, TCL_OBJ_LENGTH) == 0))
        ret->path = NULL;
}

/* ---- scripts within commands */

/* The frame outside of it in whose command the script of a frame is written: moves there. NULL: there is none. */
static const char *go_to_writer(const char *interp, struct tcl_cursor *cursor, struct command *command)
{
    struct tcl_cursor at = *cursor;
    struct command outer;
    const char *place;

    for (int i = 0; i < TCL_OUTER_MAX; i++) {
        tcl_go_out(&at);
        if (!at.frame)
            break;
        read_command(interp, at.frame, &outer);
        place = outer.text && command->script ? tcl_script_find(outer.text, outer.length, command->script, command->script_length,
                                                                (size_t)(command->text - command->script))
                                              : NULL;
        if (place) {
            *cursor = at;
            *command = outer;
            return place;
        }
    }
    return NULL;
}

/* Evaluated, and no procedure's body. */
static bool is_script(const char *frame)
{
    return tcl_int(frame, TCL_FRAME_TYPE) == TCL_TYPE_CODE && !tcl_pointer(tcl_pointer(frame, TCL_FRAME_CODE), TCL_CODE_PROC);
}

/* The line of a place in a command's text; 0: not known. The text of a procedure is its value, in which lines that are continued
 * have become one, but Tcl knows of each word of a command where it began. */
static int32_t line_at(const struct command *command, const char *place)
{
    const char *start;
    size_t word;
    int32_t line = 0;

    if (command->words > 0) {
        word = tcl_script_word(command->text, command->length, place, &start);
        if (word < (size_t)command->words)
            line = tcl_int(command->lines, (uint32_t)word * (uint32_t)sizeof(int32_t));
        if (line > 0)
            return line + count_newlines(start, place);
    }
    return command->line > 0 ? command->line + count_newlines(command->text, place) : 0;
}

/* Tcl knows no file for some scripts and counts their lines from 1: the bodies of `db eval` and of all commands that are no part
 * of the core, and the script of uplevel. Such a script is usually a word of a command that is active: its place is where that
 * word is written. It belongs to the procedure that it is written in, not to the one that calls uplevel. */
void tcl_locate(const char *interp, struct tcl_cursor cursor, struct tcl_place *ret)
{
    struct command command;
    int32_t line, lines = 0;

    read_command(interp, cursor.frame, &command);
    ret->path = command.path;
    ret->line = (uint32_t)command.line;
    while (!ret->path || is_script(cursor.frame)) {
        const char *place = go_to_writer(interp, &cursor, &command);
        if (!place)
            break;
        if (ret->path)
            continue;
        line = line_at(&command, place);
        ret->path = command.path;
        ret->line = line > 0 ? (uint32_t)(line + lines) : 0;
        lines += line - command.line;
    }
    ret->call = tcl_pointer(cursor.frame, TCL_FRAME_CALL);
}
