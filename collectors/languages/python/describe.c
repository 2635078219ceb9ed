/* Facts and their sources: Jinja 2 and 3 compile a template to functions whose globals have a string debug_info, pairs of a line
 * of the template and the first line of its code, as "1=12&3=25", in their order (src/jinja2/compiler.py of
 * github.com/pallets/jinja, visit_Template; environment.py, Template.get_corresponding_lineno, which takes the last pair that
 * begins up to the line, and line 1 before all).
 *
 * CPython's dictionaries (Objects/dictobject.c, Include/internal/pycore_dict.h; LP64): ma_keys after the head, ma_used and a
 * word. Keys of 3.8 to 3.10: dk_refcnt, dk_size, dk_lookup, dk_usable, dk_nentries, then indices of 1, 2, 4 or 8 bytes by
 * dk_size; entries of hash, key and value. From 3.11 on: dk_refcnt, the logarithms of the size and of the indices' bytes,
 * dk_kind, dk_version, dk_usable, dk_nentries; of kind 1, whose keys are all strings, entries have no hash. */
#include "collectors/languages/python/describe.h"

#include <errno.h>

#include "agent/base/compiler.h"
#include "agent/base/readable.h"
#include "exporter/stream/python_lines.h"
#include "collectors/languages/python/nodes.h"
#include "collectors/languages/python/object.h"
#include "collectors/languages/python/selftest.h"

#define DICT_KEYS    32
#define DICT_VALUES  40 /* not NULL: the values stand elsewhere, as those of instances do */
#define KEYS_HEAD    40
#define ENTRIES_MAX  128 /* a template's globals are some ten, and its blocks and macros */
#define KIND_STRINGS 1
#define NAME         "debug_info"
#define LINES_MAX    (1 << 20) /* bytes of debug_info */
#define PIECE        1024

struct entries {
    const char *first;
    uint64_t count;
    uint32_t size, key; /* of an entry; where its key stands, before the value */
};

/* What Python compiles itself is in files that say so. Cheap. */
static bool may_be_template(const char *file)
{
    size_t length = strlen(file);
    bool is_python = length > 3 && (memcmp(file + length - 3, ".py", 3) == 0 || memcmp(file + length - 3, "pyc", 3) == 0);

    return length > 0 && !is_python && strcmp(file, "<string>") != 0 && strcmp(file, "<stdin>") != 0 &&
           strncmp(file, "<frozen ", 8) != 0;
}

static bool read_entries(const struct python_layout *layout, const char *keys, struct entries *ret)
{
    uint64_t size;

    if (!readable_bytes(keys, KEYS_HEAD))
        return false;
    if (layout->minor >= 11) {
        bool strings = keys[10] == KIND_STRINGS;
        if ((unsigned char)keys[8] > 16 || (unsigned char)keys[9] > 20)
            return false;
        *ret = (struct entries){
            .first = keys + 32 + ((size_t)1 << keys[9]),
            .count = python_word(keys, 24),
            .size = strings ? 16 : 24,
            .key = strings ? 0 : 8,
        };
        size = UINT64_C(1) << keys[8];
    } else {
        size = python_word(keys, 8);
        *ret = (struct entries){
            .first = keys + KEYS_HEAD +
                     size * (size <= 0xff     ? 1
                             : size <= 0xffff ? 2
                                              : 4),
            .count = python_word(keys, 32),
            .size = 24,
            .key = 8,
        };
    }
    return size <= 0xffff && ret->count <= size && ret->count <= ENTRIES_MAX;
}

/* A string of ASCII alone: its characters; NULL: it is none. */
static const char *ascii_of(const struct python_layout *layout, const char *object, uint64_t *ret_length)
{
    if (!object || (uintptr_t)object % 8 || !readable_bytes(object, layout->ascii_text) || !python_is_text(layout, object) ||
        !(python_int(object, PYTHON_TEXT_STATE) >> 6 & 1))
        return NULL;
    *ret_length = python_word(object, PYTHON_TEXT_LENGTH);
    return object + layout->ascii_text;
}

/* The string of that name in a dictionary. */
static const char *find_lines(const struct python_layout *layout, const char *dict, uint64_t *ret_length)
{
    struct entries entries;

    if (!dict || (uintptr_t)dict % 8 || !readable_bytes(dict, DICT_VALUES + 8) ||
        python_pointer(dict, PYTHON_OBJECT_TYPE) != (const char *)layout->dict_type || python_pointer(dict, DICT_VALUES) ||
        !read_entries(layout, python_pointer(dict, DICT_KEYS), &entries))
        return NULL;
    for (uint64_t i = 0; i < entries.count; i++) {
        const char *entry = entries.first + i * entries.size, *name;
        uint64_t length;
        if (!readable_bytes(entry, entries.size))
            return NULL;
        name = ascii_of(layout, python_pointer(entry, entries.key), &length);
        if (name && length == sizeof NAME - 1 && readable_bytes(name, sizeof NAME) && memcmp(name, NAME, sizeof NAME) == 0)
            return ascii_of(layout, python_pointer(entry, entries.key + 8), ret_length);
    }
    return NULL;
}

/* Pairs as they come, a character at a time. */
struct reading {
    uint32_t number, template_line; /* of the pair */
    uint32_t found;
    bool is_code; /* the number is that of the code */
};

/* False: it is not what it seems, or the pair is behind the line. */
static bool read_character(struct reading *r, char c, uint32_t line)
{
    if (c >= '0' && c <= '9' && r->number < UINT32_MAX / 10 - 1) {
        r->number = r->number * 10 + (uint32_t)(c - '0');
        return true;
    }
    if (c == '=' && !r->is_code) {
        *r = (struct reading){.template_line = r->number, .found = r->found, .is_code = true};
        return true;
    }
    if (c != '&' || !r->is_code || r->number > line)
        return false;
    *r = (struct reading){.found = r->template_line};
    return true;
}

static uint32_t look_up(const char *text, uint64_t length, uint32_t line)
{
    struct reading r = {.found = 1};
    uint64_t i = 0;

    for (; i < length; i++) {
        if (i % PIECE == 0 && !readable_bytes(text + i, length - i < 8 ? 8 : length - i < PIECE ? length - i : PIECE))
            return 0;
        if (!read_character(&r, text[i], line))
            return r.is_code && text[i] == '&' ? r.found : 0;
    }
    return read_character(&r, '&', line) || r.is_code ? r.found : 0;
}

/* The line of the template for a line of the code of the frame; 0: it is of no template, or of one whose lines are not known. */
static uint32_t template_line(const struct python_layout *layout, const void *frame, uint32_t line)
{
    int saved_errno = errno;
    uint64_t length = 0;
    const char *text = layout->dict_type ? find_lines(layout, python_pointer(frame, layout->frame_globals), &length) : NULL;
    uint32_t found = text && length > 0 && length < LINES_MAX ? look_up(text, length, line) : 0;

    errno = saved_errno;
    return found;
}

/* The calling thread's innermost frame that runs the code at the position; NULL: it waits in a greenlet. */
static const char *frame_at(const struct python_layout *layout, const char *code, uintptr_t position)
{
    const char *frame = python_first_frame(layout);

    for (size_t i = 0; frame && i < VM_FRAMES_DEEP; i++, frame = python_pointer(frame, layout->frame_previous)) {
        if (python_frame_code(layout, frame) == code && python_position(layout, frame, code) == position)
            return frame;
    }
    return NULL;
}

/* Not decoded again by the viewer: the table is that of the compiled text. */
static void describe_template(const struct python_layout *layout, const struct vm_frame *frame, uint32_t line,
                              struct vm_description *ret)
{
    const char *at = frame_at(layout, (const char *)frame->code, frame->position);
    uint32_t found = at ? template_line(layout, at, line) : 0;

    if (!found)
        return;
    ret->line = found;
    ret->line_table_size = 0;
}

/* False: it is none, or no more. */
static bool describe_node(const struct python_layout *layout, const struct vm_frame *frame, struct vm_description *ret)
{
    struct python_node node;

    if (likely(frame->position < PYTHON_POSITION_MOST) || !python_may_be_node(layout, (const char *)frame->code) ||
        !python_node_read(layout, (const char *)frame->position, &node))
        return false;
    python_text(layout, node.file, ret->file, sizeof ret->file);
    for (size_t i = 0; i + 1 < sizeof ret->function && node.kind[i]; i++)
        ret->function[i] = node.kind[i];
    ret->line = node.line;
    return true;
}

void python_describe(const struct python_layout *layout, const struct vm_frame *frame, struct vm_description *ret)
{
    const char *code = (const char *)frame->code, *table = python_pointer(code, layout->code_line_table);
    int32_t first_line = python_int(code, layout->code_first_line);
    uint32_t position = (intptr_t)frame->position < 0 ? 0 : (uint32_t)frame->position; /* not at its first instruction yet */
    struct python_location location;

    if (unlikely(describe_node(layout, frame, ret)))
        return;
    python_text(layout, python_pointer(code, layout->code_name), ret->function, sizeof ret->function);
    python_text(layout, python_pointer(code, layout->code_filename), ret->file, sizeof ret->file);
    ret->function_key = first_line > 0 ? (uint64_t)first_line : 0;
    ret->first_line = first_line > 0 ? (uint32_t)first_line : 1;
    ret->line_table = table + PYTHON_BYTES_TEXT;
    ret->line_table_size = python_word(table, PYTHON_VAR_SIZE);
    ret->line_table_format = (uint32_t)layout->minor;
    ret->last_instruction = position;
    if (!python_lines_find(layout->minor, ret->line_table, ret->line_table_size, ret->first_line, position, &location))
        return;
    /* A call is in two places: at itself, and at its inline cache once the interpreter has adapted it to what it calls. */
    ret->last_instruction = location.start;
    if (ret->line_table_size > VM_LINE_TABLE)
        ret->line = location.line;
    if (may_be_template(ret->file))
        describe_template(layout, frame, location.line, ret);
}
