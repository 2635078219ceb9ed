#include "collectors/stack/tcl/place.h"

#include <limits.h>

/* Where a frame stands. A command is part of a script. */
struct command {
    const char *path; /* a Tcl_Obj; NULL: none */
    const char *script, *text;
    size_t script_length, length;
    int32_t line; /* of the text's beginning in the file, or in the script when there is no path; 0: not known */
};

/* ---- names */

static const char *name_of_command(const char *command, const char **ret_qualifier)
{
    const char *entry = tcl_pointer(command, TCL_COMMAND_ENTRY), *space = tcl_pointer(command, TCL_COMMAND_NAMESPACE);

    if (!entry)
        return NULL;
    if (space)
        *ret_qualifier = tcl_pointer(space, TCL_NAMESPACE_NAME);
    return entry + TCL_ENTRY_KEY;
}

/* As ::oo does it for [info frame] (tclOOMethod.c, PushMethodCallFrame): a command without a name, with data. */
static struct tcl_name name_of_method(const char *interp, const char *command)
{
    const char *extra = tcl_pointer(command, TCL_COMMAND_DATA), *object, *pni, *method, *qualifier = "";
    struct tcl_name ret = {"", "<method>"};

    if (!extra)
        return ret;
    object = tcl_pointer(extra, TCL_EXTRA_METHOD_NAME);
    if (object && tcl_pointer(object, TCL_OBJ_TEXT))
        ret.name = tcl_pointer(object, TCL_OBJ_TEXT);
    pni = tcl_pointer(extra, TCL_EXTRA_METHOD);
    if (!pni || tcl_pointer(pni, TCL_PNI_INTERP) != interp) /* a kind of method of somebody else's */
        return ret;
    method = tcl_pointer(pni, TCL_PNI_METHOD);
    object = tcl_pointer(method, TCL_METHOD_OBJECT);
    if (!object && tcl_pointer(method, TCL_METHOD_CLASS))
        object = tcl_pointer(tcl_pointer(method, TCL_METHOD_CLASS), TCL_CLASS_OBJECT);
    command = object ? tcl_pointer(object, TCL_OBJECT_COMMAND) : NULL;
    if (command && (object = name_of_command(command, &qualifier)) != NULL)
        ret.qualifier = object; /* classes of one name in two namespaces are rare, and lines tell them apart */
    return ret;
}

struct tcl_name tcl_name_of(const char *interp, const char *call)
{
    struct tcl_name ret = {"", NULL};
    const char *proc = call ? tcl_pointer(call, TCL_CALL_PROC) : NULL, *command, *word;
    int32_t kind;

    if (!proc)
        return ret;
    kind = tcl_int(call, TCL_CALL_KIND);
    if (kind & TCL_KIND_LAMBDA) { /* what it has for a command is gone when it called itself */
        ret.name = "<lambda>";
        return ret;
    }
    command = tcl_pointer(proc, TCL_PROC_COMMAND);
    if (kind & TCL_KIND_METHOD)
        return command ? name_of_method(interp, command) : ret;
    ret.name = command ? name_of_command(command, &ret.qualifier) : NULL;
    if (!ret.name && tcl_int(call, TCL_CALL_COUNT) > 0) { /* deleted, or renamed to nothing, while it runs */
        word = tcl_pointer(tcl_pointer(call, TCL_CALL_WORDS), 0);
        ret.name = tcl_pointer(word, TCL_OBJ_TEXT);
    }
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

/* The first word is made at run time in `$db eval ...`, but hardly ever all are. */
static int32_t first_line(const char *lines, int32_t words)
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
            ret->line = first_line(tcl_pointer(commands, TCL_COMMAND_LINES), tcl_int(commands, TCL_COMMAND_WORDS));
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
        ret->line = first_line(lines, tcl_int(frame, TCL_FRAME_WORDS));
    }
    if (ret->path && (!tcl_pointer(ret->path, TCL_OBJ_TEXT) || tcl_int(ret->path, TCL_OBJ_LENGTH) == 0))
        ret->path = NULL;
}

/* ---- scripts within commands */

static bool is_boundary(char c)
{
    return c != '\0' && strchr("{}[]\"; \t\n", c) != NULL;
}

/* Whether the script stands at `at`: where its byte of that offset is then, else NULL. In the value of a word a line that is
 * continued (\ at its end) has become a space. */
static const char *match(const char *at, const char *end, const char *script, size_t length, size_t offset)
{
    const char *found = NULL;

    for (size_t i = 0; i < length; i++) {
        if (i == offset)
            found = at;
        if (at == end)
            return NULL;
        if (*at == script[i]) {
            at++;
        } else if (script[i] == ' ' && end - at >= 2 && at[0] == '\\' && at[1] == '\n') {
            at += 2;
            while (at < end && (*at == ' ' || *at == '\t'))
                at++;
        } else {
            return NULL;
        }
    }
    return at == end || is_boundary(*at) ? found : NULL;
}

static const char *find_script(const struct command *outer, const struct command *inner)
{
    const char *at = outer->text, *end = outer->text + outer->length, *found;
    size_t offset = (size_t)(inner->text - inner->script);

    if (!at || !inner->script || offset >= inner->script_length || inner->script_length > outer->length)
        return NULL;
    while ((at = memchr(at, inner->script[0], (size_t)(end - at))) != NULL) {
        if (at == outer->text || is_boundary(at[-1])) {
            found = match(at, end, inner->script, inner->script_length, offset);
            if (found)
                return found;
        }
        if (++at == end)
            break;
    }
    return NULL;
}

/* What Tcl gives no file and counts from 1 (the bodies of `db eval` and of all commands that are no part of the core, what
 * uplevel gets) is usually written as a word of a command that is active: then it is where it is written. */
void tcl_locate(const char *interp, struct tcl_cursor cursor, struct tcl_place *ret)
{
    struct command inner, outer;
    int32_t lines = 0;
    bool found = true;

    read_command(interp, cursor.frame, &inner);
    while (found && !inner.path) {
        struct tcl_cursor at = cursor;
        found = false;
        for (int i = 0; i < TCL_OUTER_MAX && !found; i++) {
            const char *place;
            tcl_go_out(&at);
            if (!at.frame)
                break;
            read_command(interp, at.frame, &outer);
            place = find_script(&outer, &inner);
            if (!place)
                continue;
            lines += count_newlines(outer.text, place);
            cursor = at;
            inner = outer;
            found = true;
        }
    }
    ret->path = inner.path;
    ret->line = inner.line > 0 ? (uint32_t)(inner.line + lines) : 0;
    ret->call = tcl_pointer(cursor.frame, TCL_FRAME_CALL);
}
