#include "collectors/languages/php/php.h"

#include <stdatomic.h>
#include <stdio.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "collectors/languages/php/layout.h"
#include "collectors/languages/php/selftest.h"

static struct php_layout layout; /* written by one thread, before the walker is in use */

/* The VM has one thread, and the globals are that thread's; others of the process run code of extensions at the most. A fork's
 * child goes on in the same one. */
static const void *owner; /* thread pointer */

/* Connections may be opened while no script runs: then the test waits for the first frame. */
enum { UNTESTED, HOLDS, FAILS };
static _Atomic int test_result;

static const char unlike[] = "PHP frames: this build of PHP does not look as its version says";

static bool start(const char **why)
{
    if (!php_layout_find(&layout, why))
        return false;
    owner = __builtin_thread_pointer();
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
static inline uint64_t hash_of(const char *string)
{
    uint64_t hash;

    if (!string)
        return 0;
    hash = php_word(string, PHP_STRING_HASH);
    return likely(hash != 0) ? hash : hash_bytes(string + PHP_STRING_TEXT, php_word(string, PHP_STRING_LENGTH), 0);
}

/* Whether it is an instruction of the function. */
static inline bool is_of(const char *opline, const char *function)
{
    uint64_t at = (uint64_t)(opline - php_pointer(function, layout.opcodes));

    return likely(at < (uint64_t)php_int(function, layout.last) * PHP_OPCODE_SIZE);
}

static uint32_t line_of(const char *frame, const char *function)
{
    const char *opline = php_pointer(frame, PHP_FRAME_OPLINE);

    if (is_of(opline, function))
        return php_int(opline, PHP_OPCODE_LINE);
    return php_int(function, layout.filename + 8); /* line_start */
}

static const char *class_of(const char *function)
{
    const char *scope = php_pointer(function, PHP_FUNCTION_SCOPE);

    return scope ? php_pointer(scope, PHP_CLASS_NAME) : NULL;
}

static inline uint64_t key_of(const char *function, uint32_t line)
{
    return hash_mix(hash_of(php_pointer(function, layout.filename)) + line * HASH_K2,
                    hash_of(php_pointer(function, PHP_FUNCTION_NAME)) + hash_of(class_of(function)) * HASH_K2);
}

/* The innermost frame of the calling thread; NULL: there is none, or it is not known where they are. */
static inline const char *innermost(void)
{
    const char *frame;

    if (unlikely(__builtin_thread_pointer() != owner))
        return NULL;
    frame = php_pointer(layout.globals, PHP_GLOBALS_FRAME);
    if (unlikely(atomic_load_explicit(&test_result, memory_order_relaxed) != HOLDS) && !holds(frame))
        return NULL;
    return frame;
}

/* A frame without a function stands where a generator delegates to another one; those of internal functions have no line. */
static inline bool is_script(const char *function)
{
    return function && (function[PHP_FUNCTION_TYPE] == PHP_TYPE_USER || function[PHP_FUNCTION_TYPE] == PHP_TYPE_EVAL);
}

/* The thread is inside a call of an extension, so nothing changes its frames, and they keep their code: plain loads. A fiber's
 * first frame goes on to whoever resumed it. */
static size_t walk(struct vm_frame *frames, size_t max)
{
    size_t count = 0;

    for (const char *frame = innermost(); frame && count < max; frame = php_pointer(frame, PHP_FRAME_PREVIOUS)) {
        const char *function = php_pointer(frame, PHP_FRAME_FUNCTION);
        uint32_t line;

        if (!is_script(function))
            continue;
        line = line_of(frame, function);
        frames[count].key = key_of(function, line);
        frames[count].code = (uintptr_t)function;
        frames[count++].position = line;
    }
    return count;
}

static NOINLINE bool identify_any(uint64_t *ret)
{
    uint64_t hash = 0;
    size_t count = 0;

    for (const char *frame = innermost(); frame; frame = php_pointer(frame, PHP_FRAME_PREVIOUS)) {
        const char *function = php_pointer(frame, PHP_FRAME_FUNCTION);

        if (!is_script(function))
            continue;
        hash = hash_mix(hash, key_of(function, line_of(frame, function)));
        if (++count == VM_FRAMES_DEEP)
            return false;
    }
    *ret = hash;
    return count != 0;
}

/* As long as there is nothing to compute: each frame has a line, and each name its hash. */
static bool identify(uint64_t *ret)
{
    const char *frame = innermost();
    uint64_t hash = 0, name;
    size_t left = VM_FRAMES_DEEP;

    for (; frame; frame = php_pointer(frame, PHP_FRAME_PREVIOUS)) {
        const char *function = php_pointer(frame, PHP_FRAME_FUNCTION), *opline = php_pointer(frame, PHP_FRAME_OPLINE), *string;

        if (!is_script(function))
            continue;
        if (unlikely(!is_of(opline, function)) || unlikely(--left == 0))
            return identify_any(ret);
        hash ^= php_int(opline, PHP_OPCODE_LINE) * HASH_K2;
        if ((string = php_pointer(function, layout.filename)) != NULL) {
            if (unlikely((name = php_word(string, PHP_STRING_HASH)) == 0))
                return identify_any(ret);
            hash ^= name;
        }
        name = 0;
        if ((string = php_pointer(function, PHP_FUNCTION_NAME)) != NULL &&
            unlikely((name = php_word(string, PHP_STRING_HASH)) == 0))
            return identify_any(ret);
        if (unlikely((string = class_of(function)) != NULL)) {
            if (unlikely(php_word(string, PHP_STRING_HASH) == 0))
                return identify_any(ret);
            name += php_word(string, PHP_STRING_HASH) * HASH_K2;
        }
        hash = hash_fold(hash ^ HASH_K0, name ^ HASH_K1);
    }
    *ret = hash;
    return left != VM_FRAMES_DEEP;
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
    ret->function_key = !strstr(ret->function, "{closure"); /* of which a file has several */
    if (strcmp(file, "Command line code") == 0)             /* php -r; named as other languages do */
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
    .identify = identify,
    .describe = describe,
};
