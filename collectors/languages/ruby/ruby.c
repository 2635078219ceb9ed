#include "collectors/languages/ruby/ruby.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "agent/base/readable.h"
#include "collectors/languages/ruby/api.h"
#include "collectors/languages/ruby/control.h"
#include "collectors/languages/ruby/memo.h"

#define TEXT_MAX 65536
#define LINE_MAX (1 << 24)

static struct ruby_api api; /* written by one thread, before the walker is in use */

/* Connections may be opened while no script runs: then the test waits for the first frames. */
enum { UNTESTED, HOLDS, FAILS };
static _Atomic int test_result;

static const char unknown_version[] = "Ruby frames: only Ruby 2.7 to 3.3 is known";

static bool present(void)
{
    static bool there;

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
static COLD bool self_test(const struct ruby_frames *found)
{
    for (int i = 0; i < found->count; i++) {
        if (found->line[i] > LINE_MAX || !is_readable_text(api.label(found->code[i])) ||
            !is_readable_text(api.path(found->code[i])))
            return false;
    }
    return true;
}

static bool start(const char **why)
{
    *why = unknown_version;
    if (!((api.major == 2 && api.minor >= 7) || (api.major == 3 && api.minor <= 3)))
        return false;
    ruby_control_find(&api);
    return true;
}

static void ask(struct ruby_frames *ret)
{
    if (likely(ruby_api_usable(&api)))
        ruby_api_frames(&api, ret);
    else
        ruby_control_frames(&api, ret);
}

/* The first frames of all decide. */
static COLD void test(struct ruby_frames *found)
{
    if (found->count == 0 && !ruby_api_usable(&api) && ruby_control_try(&api, NULL))
        ask(found);
    if (found->count > 0 && test_result == UNTESTED)
        test_result = self_test(found) ? HOLDS : FAILS;
    if (found->count > 0 && test_result == HOLDS)
        ruby_control_try(&api, found);
    if (test_result != HOLDS)
        found->count = 0;
}

static bool identify(uint64_t *ret)
{
    uint64_t hash;

    if (unlikely(!api.native_thread_p()) || unlikely(!ruby_control_hash(&hash)))
        return false;
    *ret = hash_mix(hash, api.gc_count());
    return true;
}

/* A thread that was Ruby's is still said to be when a program that has Ruby inside has ended it: then there is nothing to be
 * asked. */
static bool is_of_ruby(void)
{
    return api.native_thread_p() && (!api.vm || *api.vm);
}

/* Names are compared by address: those of one piece of code are interned strings that live as long as it does. */
static size_t walk(struct vm_frame *frames, size_t max)
{
    struct ruby_frames found;
    uint64_t hash, life = 0;
    size_t count;

    if (unlikely(!is_of_ruby()) || unlikely(atomic_load_explicit(&test_result, memory_order_relaxed) == FAILS))
        return 0;
    if (likely(ruby_control_hash(&hash))) {
        life = api.gc_count() + 1; /* 0 is no life */
        count = ruby_memo_get(hash, life, frames, max);
        if (likely(count > 0))
            return count;
    }
    ask(&found);
    if (unlikely(!life))
        test(&found);
    count = (size_t)found.count < max ? (size_t)found.count : max;
    for (size_t i = 0; i < count; i++) {
        frames[i].key = hash_mix(found.code[i] ^ (uint64_t)found.line[i] << 48, api.path(found.code[i]));
        frames[i].code = found.code[i];
        frames[i].position = (uintptr_t)found.line[i];
    }
    if (life && count > 0 && count == (size_t)found.count)
        ruby_memo_put(hash, life, frames, count);
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

/* A frame that was remembered is described when the agent has forgotten it: after a fork. */
static COLD bool find_again(size_t index, ruby_value *ret_code, uint32_t *ret_line)
{
    struct ruby_frames found;

    if (!is_of_ruby())
        return false;
    ask(&found);
    if (index >= (size_t)found.count)
        return false;
    *ret_code = found.code[index];
    *ret_line = (uint32_t)found.line[index];
    return true;
}

static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    ruby_value code = frame->code;

    if (!RUBY_MEMO_IS_CODE(code))
        ret->line = (uint32_t)frame->position;
    else if (!find_again(RUBY_MEMO_INDEX(code), &code, &ret->line))
        return;
    copy(api.label(code), ret->function, sizeof ret->function);
    if (!copy(api.absolute_path(code), ret->file, sizeof ret->file)) /* eval, ruby -e */
        copy(api.path(code), ret->file, sizeof ret->file);
    ret->function_key = 1;            /* blocks have names, too */
    if (strcmp(ret->file, "-e") == 0) /* named as other languages do */
        strcpy(ret->file, "<string>");
    else if (strcmp(ret->file, "-") == 0)
        strcpy(ret->file, "<stdin>");
}

const struct language_walker ruby_walker = {
    .name = "ruby",
    .language = WALKER_RUBY,
    .present = present,
    .start = start,
    .walk = walk,
    .identify = identify,
    .describe = describe,
};
