#include "collectors/stack/ruby/ruby.h"

#include <stdatomic.h>
#include <string.h>

#include "base/compiler.h"
#include "base/hash.h"
#include "base/readable.h"
#include "collectors/stack/ruby/api.h"

#define FRAMES_MAX 200 /* asked for at once */
#define TEXT_MAX   65536
#define LINE_MAX   (1 << 24)

static struct ruby_api api; /* written by one thread, before the walker is in use */

/* Connections may be opened while no script runs: then the test waits for the first frames. */
enum { UNTESTED, HOLDS, FAILS };
static _Atomic int test_result;

static const char unknown_version[] = "Ruby frames: only Ruby 2.7 to 3.3 is known";

static bool present(void)
{
    static _Atomic bool there;

    if (!there && ruby_api_find(&api))
        there = true;
    return there;
}

static bool is_readable_text(ruby_value value)
{
    const char *text;
    size_t length;

    if (value < 4096 || (value & 7) != 0 || !readable_word((const void *)value) || !readable_word((const void *)(value + 16)) ||
        !readable_word((const void *)(value + 24)))
        return false;
    if (!ruby_text(&api, value, &text, &length) || length >= TEXT_MAX)
        return false;
    return length == 0 ||
           (readable_word((const void *)((uintptr_t)text & ~UINT64_C(7))) &&
            readable_word((const void *)(((uintptr_t)text + length - 1) & ~UINT64_C(7))) && !memchr(text, 0, length));
}

/* Are names strings, and lines lines? */
static COLD bool self_test(const ruby_value *frames, const int *lines, int count)
{
    int seen = 0;

    for (int i = 0; i < count; i++) {
        if (lines[i] < 0 || lines[i] > LINE_MAX)
            return false;
        if (lines[i] == 0) /* a function in C */
            continue;
        if (!is_readable_text(api.label(frames[i])) || !is_readable_text(api.path(frames[i])))
            return false;
        seen++;
    }
    return seen > 0;
}

static bool start(const char **why)
{
    *why = unknown_version;
    return (api.major == 2 && api.minor >= 7) || (api.major == 3 && api.minor <= 3);
}

/* Functions in C, which newer Rubies count as frames of their own, have no line. Names are compared by address: those of one
 * piece of code are interned strings that live as long as it does. */
static size_t walk(struct vm_frame *frames, size_t max)
{
    ruby_value found[FRAMES_MAX];
    int lines[FRAMES_MAX], all;
    size_t count = 0;

    if (unlikely(!ruby_api_usable(&api)))
        return 0;
    all = api.profile_frames(0, FRAMES_MAX, found, lines);
    if (unlikely(atomic_load_explicit(&test_result, memory_order_relaxed) != HOLDS)) {
        if (test_result == UNTESTED && all > 0)
            test_result = self_test(found, lines, all) ? HOLDS : FAILS;
        if (test_result != HOLDS)
            return 0;
    }
    for (int i = 0; i < all && count < max; i++) {
        if (lines[i] <= 0)
            continue;
        frames[count].key = hash_mix(found[i] ^ (uint64_t)lines[i] << 48, api.path(found[i]));
        frames[count].code = found[i];
        frames[count++].position = (uintptr_t)lines[i];
    }
    return count;
}

static bool copy(ruby_value value, char *out, size_t size)
{
    const char *text;
    size_t length;

    if (!ruby_text(&api, value, &text, &length) || length == 0)
        return false;
    if (length >= size)
        length = size - 1;
    memcpy(out, text, length);
    out[length] = '\0';
    return true;
}

static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    copy(api.label(frame->code), ret->function, sizeof ret->function);
    if (!copy(api.absolute_path(frame->code), ret->file, sizeof ret->file)) /* eval, ruby -e */
        copy(api.path(frame->code), ret->file, sizeof ret->file);
    if (strcmp(ret->file, "-e") == 0) /* named as other languages do */
        strcpy(ret->file, "<string>");
    else if (strcmp(ret->file, "-") == 0)
        strcpy(ret->file, "<stdin>");
    ret->line = (uint32_t)frame->position;
}

const struct language_walker ruby_walker = {
    .name = "ruby",
    .language = WALKER_RUBY,
    .present = present,
    .start = start,
    .walk = walk,
    .describe = describe,
};
