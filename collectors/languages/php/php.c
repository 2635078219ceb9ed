#include "collectors/languages/php/php.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "collectors/languages/php/layout.h"
#include "collectors/languages/php/selftest.h"

static struct php_layout layout; /* written by one thread, before the walker is in use */

/* The VM has one thread, and the globals are that thread's; others of the process run code of extensions at the most. A fork's
 * child goes on in the same one. */
static pthread_t owner;

/* Connections may be opened while no script runs: then the test waits for the first frame. */
enum { UNTESTED, HOLDS, FAILS };
static _Atomic int test_result;

static const char unlike[] = "PHP frames: this build of PHP does not look as its version says";

static bool start(const char **why)
{
    if (!php_layout_find(&layout, why))
        return false;
    owner = pthread_self();
    if (php_pointer(layout.globals, PHP_GLOBALS_FRAME)) {
        test_result = php_self_test(&layout, php_pointer(layout.globals, PHP_GLOBALS_FRAME)) ? HOLDS : FAILS;
        *why = unlike;
    }
    return test_result != FAILS;
}

static COLD bool holds(const char *frame)
{
    if (test_result == UNTESTED && frame)
        test_result = php_self_test(&layout, frame) ? HOLDS : FAILS;
    return test_result == HOLDS;
}

/* Addresses are used again by the next request; what a string says is what counts. The compiler's strings know their hash. */
static uint64_t hash_of(const char *string)
{
    uint64_t hash;

    if (!string)
        return 0;
    hash = php_word(string, PHP_STRING_HASH);
    return likely(hash != 0) ? hash : hash_bytes(string + PHP_STRING_TEXT, php_word(string, PHP_STRING_LENGTH), 0);
}

static uint32_t line_of(const char *frame, const char *function)
{
    const char *opline = php_pointer(frame, PHP_FRAME_OPLINE);
    uint64_t at = (uint64_t)(opline - php_pointer(function, layout.opcodes));

    if (likely(at < (uint64_t)php_int(function, layout.last) * PHP_OPCODE_SIZE))
        return php_int(opline, PHP_OPCODE_LINE);
    return php_int(function, layout.filename + 8); /* line_start */
}

static const char *class_of(const char *function)
{
    const char *scope = php_pointer(function, PHP_FUNCTION_SCOPE);

    return scope ? php_pointer(scope, PHP_CLASS_NAME) : NULL;
}

/* The thread is inside a call of an extension, so nothing changes its frames, and they keep their code: plain loads. A frame
 * without a function stands where a generator delegates to another one; those of internal functions have no line. A fiber's first
 * frame goes on to whoever resumed it. */
static size_t walk(struct vm_frame *frames, size_t max)
{
    const char *frame;
    size_t count = 0;

    if (unlikely(!pthread_equal(pthread_self(), owner)))
        return 0;
    frame = php_pointer(layout.globals, PHP_GLOBALS_FRAME);
    if (unlikely(atomic_load_explicit(&test_result, memory_order_relaxed) != HOLDS) && !holds(frame))
        return 0;
    for (; frame && count < max; frame = php_pointer(frame, PHP_FRAME_PREVIOUS)) {
        const char *function = php_pointer(frame, PHP_FRAME_FUNCTION);
        uint32_t line;

        if (!function || (function[PHP_FUNCTION_TYPE] != PHP_TYPE_USER && function[PHP_FUNCTION_TYPE] != PHP_TYPE_EVAL))
            continue;
        line = line_of(frame, function);
        frames[count].key = hash_mix(hash_of(php_pointer(function, layout.filename)) + line * HASH_K2,
                                     hash_of(php_pointer(function, PHP_FUNCTION_NAME)) + hash_of(class_of(function)) * HASH_K2);
        frames[count].code = (uintptr_t)function;
        frames[count++].position = line;
    }
    return count;
}

static const char *text_of(const char *string)
{
    return string + PHP_STRING_TEXT;
}

static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    const char *function = (const char *)frame->code, *name = php_pointer(function, PHP_FUNCTION_NAME);
    const char *class = class_of(function), *file = text_of(php_pointer(function, layout.filename));

    if (!name)
        snprintf(ret->function, sizeof ret->function, "{main}");
    else if (strncmp(text_of(name), "{closure:", strlen("{closure:")) == 0) /* 8.4 adds the place, which moves */
        snprintf(ret->function, sizeof ret->function, "%s%s{closure}", class ? text_of(class) : "", class ? "::" : "");
    else
        snprintf(ret->function, sizeof ret->function, "%s%s%s", class ? text_of(class) : "", class ? "::" : "", text_of(name));
    if (strcmp(file, "Command line code") == 0) /* php -r; named as other languages do */
        file = "<string>";
    else if (strcmp(file, "Standard input code") == 0)
        file = "<stdin>";
    snprintf(ret->file, sizeof ret->file, "%s", file);
    ret->line = (uint32_t)frame->position;
}

const struct language_walker php_walker = {
    .name = "php",
    .language = WALKER_PHP,
    .present = php_layout_present,
    .start = start,
    .walk = walk,
    .describe = describe,
};
