#include "collectors/languages/tcl/tcl.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "collectors/languages/tcl/interps.h"
#include "collectors/languages/tcl/layout.h"
#include "collectors/languages/tcl/place.h"
#include "collectors/languages/tcl/selftest.h"

#define FRAMES_MAX  2048
#define SCRIPT_PART 128 /* bytes at each end of a script without a file that tell it from others */

/* Connections may be opened while no script runs: then the test waits for the first one. */
enum { UNTESTED, HOLDS, FAILS };
static _Atomic int test_result;

static const char unlike[] = "Tcl frames: this build of Tcl does not look as its version says";
static const char unknown_version[] = "Tcl frames: only Tcl 8.6 is known";

static bool present(void)
{
    return tcl_seen() != 0;
}

static bool holds(const char *interp)
{
    if (test_result == UNTESTED && tcl_innermost(interp).frame)
        test_result = tcl_self_test(interp) ? HOLDS : FAILS;
    return test_result == HOLDS;
}

static bool start(const char **why)
{
    uint32_t place = TCL_INNERMOST;
    const char *interp;

    *why = unknown_version;
    if (tcl_seen() != TCL_KNOWN)
        return false;
    *why = unlike;
    interp = tcl_running(&place);
    if (interp)
        holds(interp);
    return test_result != FAILS;
}

/* Hashed last on this walk: frames of one file or one procedure follow each other. */
struct last {
    const char *path, *call;
    uint64_t hash_of_path, hash_of_call;
};

static uint64_t hash_of_path(struct last *last, const char *path)
{
    const char *text;

    if (path != last->path) {
        text = tcl_pointer(path, TCL_OBJ_TEXT);
        last->path = path;
        last->hash_of_path = text ? hash_bytes(text, (size_t)tcl_int(path, TCL_OBJ_LENGTH), 0) : 0;
    }
    return last->hash_of_path;
}

static uint64_t hash_of_call(struct last *last, const char *call)
{
    struct tcl_name name;

    if (call != last->call) {
        name = tcl_name_of(call);
        last->call = call;
        last->hash_of_call = name.name ? hash_bytes(name.name, name.length, name.qualifier_hash) : 0;
    }
    return last->hash_of_call;
}

/* False: it has no file, and its place follows from the frames outside of it. Addresses of code are used again when a script
 * goes: what it says of itself, and where it begins, is what counts. */
static bool key_of_code(struct last *last, const char *interp, const char *frame, uint64_t *key)
{
    const char *code = tcl_pointer(frame, TCL_FRAME_CODE), *lines = tcl_lines_of(interp, code), *source, *path;
    uint64_t pc = (uint64_t)(tcl_pointer(frame, TCL_FRAME_PC) - tcl_pointer(code, TCL_CODE_START));
    uint32_t size = (uint32_t)tcl_int(code, TCL_CODE_SOURCE_SIZE), start = 0;

    *key = hash_mix(*key ^ (uintptr_t)code, pc << 32 | (uint32_t)tcl_int(code, TCL_CODE_SIZE));
    if (likely(lines != NULL)) {
        start = (uint32_t)tcl_int(lines, TCL_LINES_START);
        path = tcl_pointer(lines, TCL_LINES_PATH);
        if (likely(tcl_int(lines, TCL_LINES_TYPE) == TCL_TYPE_SOURCE) && likely(tcl_int(path, TCL_OBJ_LENGTH) > 0)) {
            *key = hash_mix(*key ^ hash_of_path(last, path), (uint64_t)size << 32 | start);
            return true;
        }
    }
    *key = hash_mix(*key, (uint64_t)size << 32 | start);
    source = tcl_pointer(code, TCL_CODE_SOURCE);
    if (size <= 2 * SCRIPT_PART)
        *key = hash_bytes(source, size, *key);
    else
        *key = hash_bytes(source + size - SCRIPT_PART, SCRIPT_PART, hash_bytes(source, SCRIPT_PART, *key));
    return false;
}

static bool key_of_text(struct last *last, const char *frame, const char *lines, uint64_t *key)
{
    const char *path = tcl_pointer(frame, TCL_FRAME_PATH);
    int32_t size;

    *key = hash_mix(*key, (uint32_t)tcl_first_line(lines, tcl_int(frame, TCL_FRAME_WORDS)));
    if (tcl_int(frame, TCL_FRAME_TYPE) == TCL_TYPE_SOURCE && tcl_int(path, TCL_OBJ_LENGTH) > 0) {
        *key = hash_mix(*key, hash_of_path(last, path));
        return true;
    }
    size = tcl_int(frame, TCL_FRAME_LENGTH);
    *key = hash_bytes(tcl_pointer(frame, TCL_FRAME_TEXT), (size_t)(size < SCRIPT_PART ? size : SCRIPT_PART), *key);
    return false;
}

/* A procedure's body: its name follows from its code. Of a method's body the object has a say in it. */
static bool is_body(const char *frame, int32_t type)
{
    const char *call = tcl_pointer(frame, TCL_FRAME_CALL);

    return likely(type == TCL_TYPE_CODE) && tcl_pointer(tcl_pointer(frame, TCL_FRAME_CODE), TCL_CODE_PROC) &&
           likely(call != NULL) && !(tcl_int(call, TCL_CALL_KIND) & TCL_KIND_METHOD);
}

/* Where a frame without a file is, the frames decide in whose commands its text is looked for. */
static void add_outer_keys(struct vm_frame *frames, const bool *by_outer, size_t count)
{
    uint64_t outer = 0, keys[FRAMES_MAX]; /* their sum, of TCL_OUTER_MAX at the most */

    for (size_t i = count; i-- > 0;) {
        keys[i] = frames[i].key;
        if (by_outer[i])
            frames[i].key = hash_mix(frames[i].key, outer);
        outer += keys[i];
        if (i + TCL_OUTER_MAX < count)
            outer -= keys[i + TCL_OUTER_MAX];
    }
}

/* The frames of one interpreter. */
static size_t walk_interp(const char *interp, struct vm_frame *frames, size_t max)
{
    struct tcl_cursor cursor = tcl_innermost(interp);
    bool by_outer[FRAMES_MAX];
    struct last last = {0};
    bool depends = false;
    size_t count = 0;

    for (size_t seen = 0; cursor.frame && seen < max; seen++, tcl_go_out(&cursor)) {
        int32_t type = tcl_int(cursor.frame, TCL_FRAME_TYPE);
        const char *lines = tcl_pointer(cursor.frame, TCL_FRAME_LINES);
        uint64_t key;

        if (type != TCL_TYPE_CODE && (!lines || type == TCL_TYPE_PRECOMPILED))
            continue; /* a list that is a command, which has no place; code that hides it */
        key = 0;
        if (!is_body(cursor.frame, type))
            key = hash_of_call(&last, tcl_pointer(cursor.frame, TCL_FRAME_CALL));
        by_outer[count] = type == TCL_TYPE_CODE ? !key_of_code(&last, interp, cursor.frame, &key)
                                                : !key_of_text(&last, cursor.frame, lines, &key);
        depends |= by_outer[count];
        frames[count].key = key;
        frames[count].code = (uintptr_t)cursor.frame;
        frames[count++].position = (uintptr_t)interp;
    }
    if (depends)
        add_outer_keys(frames, by_outer, count);
    return count;
}

static size_t walk(struct vm_frame *frames, size_t max)
{
    uint32_t place = TCL_INNERMOST;
    const char *interp;
    size_t count = 0;

    if (max > FRAMES_MAX)
        max = FRAMES_MAX;
    while (count < max && (interp = tcl_running(&place)) != NULL) {
        if (unlikely(atomic_load_explicit(&test_result, memory_order_relaxed) != HOLDS) && !holds(interp))
            break;
        count += walk_interp(interp, frames + count, max - count);
    }
    return count;
}

static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    const char *interp = (const char *)frame->position;
    struct tcl_cursor cursor = tcl_innermost(interp);
    struct tcl_place place;
    struct tcl_name name;

    while (cursor.frame && cursor.frame != (const char *)frame->code)
        tcl_go_out(&cursor);
    if (!cursor.frame)
        return;
    tcl_locate(interp, cursor, &place);
    name = tcl_name_of(place.call);
    if (strncmp(name.qualifier, "::", 2) == 0)
        name.qualifier += 2;
    if (!name.name)
        snprintf(ret->function, sizeof ret->function, "<main>");
    else
        snprintf(ret->function, sizeof ret->function, "%s%s%.*s", name.qualifier, name.qualifier[0] ? "::" : "",
                 (int)(name.length < VM_TEXT ? name.length : VM_TEXT), name.name);
    ret->function_key = is_body(cursor.frame, tcl_int(cursor.frame, TCL_FRAME_TYPE)); /* what it evaluates has its name, too */
    if (place.path)
        snprintf(ret->file, sizeof ret->file, "%s", tcl_pointer(place.path, TCL_OBJ_TEXT));
    else /* named as other languages do */
        snprintf(ret->file, sizeof ret->file, "%s", tcl_pointer(cursor.frame, TCL_FRAME_NEXT) ? "<eval>" : "<string>");
    ret->line = place.line;
}

const struct language_walker tcl_walker = {
    .name = "tcl",
    .language = WALKER_TCL,
    .present = present,
    .start = start,
    .walk = walk,
    .describe = describe,
};
