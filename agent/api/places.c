#include "agent/api/places.h"

#include <stdbool.h>
#include <string.h>

#include "agent/stack/walker.h"
#include "exporter/ownership/ownership.h"
#include "exporter/ownership/plumbing.h"
#include "exporter/stream/python_lines.h"

static bool is_native(const Nplus1__Frame *frame)
{
    return frame->language == NPLUS1__LANGUAGE__LANGUAGE_NATIVE;
}

static bool has_file(const Nplus1__Frame *frame)
{
    return frame->file && frame->file[0];
}

static unsigned line_of(const Nplus1__Frame *frame)
{
    struct python_location location;

    if (frame->line)
        return frame->line;
    if (frame->has_line_table &&
        python_lines_find(frame->line_table_format, frame->line_table.data, frame->line_table.len, frame->first_line,
                          frame->last_instruction, &location) &&
        location.line)
        return location.line;
    return frame->first_line;
}

static bool is_own(struct stored *stored, const Nplus1__Frame *frame)
{
    size_t words;
    const char *const *command = stored_command(stored, &words);
    const char *module;

    if (!is_native(frame))
        return has_file(frame) && !ownership_is_made(frame->file, line_of(frame)) &&
               !ownership_is_foreign_script(NULL, frame->file, command, words);
    module = stored_module(stored, frame);
    return module && module[0] && !ownership_is_foreign_module(NULL, module);
}

static bool is_plumbing(struct stored *stored, const Nplus1__Frame *frame)
{
    const char *path = is_native(frame) ? stored_module(stored, frame) : has_file(frame) ? frame->file : NULL;

    return !path || !path[0] || plumbing_holds(path) || plumbing_is_launcher(path);
}

static struct nplus1_place place_of(struct stored *stored, const Nplus1__Frame *frame)
{
    if (is_native(frame))
        return (struct nplus1_place){.module = stored_module(stored, frame), .offset = frame->offset};
    return (struct nplus1_place){
        .file = has_file(frame) ? frame->file : NULL, .line = has_file(frame) ? line_of(frame) : 0, .function = frame->function};
}

struct nplus1_place places_location(struct stored *stored, const Nplus1__Frame *const *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_own(stored, frames[i]))
            return place_of(stored, frames[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_plumbing(stored, frames[i]))
            return place_of(stored, frames[i]);
    }
    return count ? place_of(stored, frames[0]) : (struct nplus1_place){0};
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_native_function(struct stored *stored, const Nplus1__Frame *a, const Nplus1__Frame *b)
{
    uintptr_t begin;

    if (!is_native(a) || !is_native(b) || a->module != b->module)
        return false;
    if (a->offset == b->offset)
        return true;
    if (!is_own(stored, a)) /* no loop is there: what the program does not own may be unloaded */
        return false;
    begin = native_walker->function(stored_address(stored, a));
    return begin && begin == native_walker->function(stored_address(stored, b));
}

static bool is_same_function(struct stored *stored, const Nplus1__Frame *a, const Nplus1__Frame *b)
{
    if (is_native(a) || is_native(b))
        return is_same_native_function(stored, a, b);
    return is_same_text(a->function, b->function) && is_same_text(a->file, b->file);
}

struct nplus1_place places_loop(struct stored *stored, const Nplus1__Frame *const *child, size_t child_count,
                                const Nplus1__Frame *const *parent, size_t parent_count)
{
    struct nplus1_place loop = {0};

    for (size_t i = 1; i <= child_count && i <= parent_count; i++) {
        const Nplus1__Frame *frame = child[child_count - i];
        if (!is_same_function(stored, frame, parent[parent_count - i]))
            break;
        if (is_own(stored, frame))
            loop = place_of(stored, frame);
        if (line_of(frame) != line_of(parent[parent_count - i]) || frame->offset != parent[parent_count - i]->offset)
            break; /* calls part here */
    }
    return loop;
}
