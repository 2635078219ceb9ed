#include "collectors/languages/perl/perl.h"

#include <stdatomic.h>
#include <stdio.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"
#include "agent/loading/exports.h"
#include "collectors/languages/perl/layout.h"
#include "collectors/languages/perl/statement.h"

static struct perl_layout layout; /* written by one thread, before the walker is in use */

/* Connections may be opened while no script runs: then the test waits for the first one. */
enum { UNTESTED, HOLDS, FAILS };
static _Atomic int test_result;

static const char unlike[] = "Perl frames: this build of Perl does not look as its version says";
static const char unknown_version[] = "Perl frames: only Perl 5.32 to 5.40 is known";

/* Names of frames that are no sub. */
static const char main_program[] = "<main>", eval[] = "(eval)";

/* Perls without threads have no PL_thr_key, and do not say where their interpreter is. A program that may run Perl (exim, a
 * server with a module for it) has the library long before an interpreter: until then the key is 0, which is somebody else's. */
static bool present(void)
{
    void *const *first = exports_find("PL_curinterp");

    return first && *first && exports_find("PL_thr_key") && exports_find("PL_version");
}

static void test(const char *interpreter)
{
    layout.top_env = perl_find_top_env(interpreter);
    test_result = perl_self_test(&layout, interpreter) ? HOLDS : FAILS;
}

static bool start(const char **why)
{
    const unsigned char *version = exports_find("PL_version");

    layout.key = exports_find("PL_thr_key");
    layout.version = *version;
    *why = unknown_version;
    if (layout.version < 32 || layout.version > 40 || layout.version % 2 != 0)
        return false;
    layout.op = 8;
    layout.curcop = layout.version == 32 ? 224 : 208;
    layout.curstackinfo = layout.version == 32 ? 240 : 224;
    layout.aux_in_body = layout.version >= 36;
    perl_statement_start();
    if (perl_interpreter(&layout)) {
        test(perl_interpreter(&layout));
        *why = unlike;
    }
    return test_result != FAILS;
}

/* Where a package's name is: in front of everything in the structure behind the hash's slots, or in its body. */
static const char *name_of_package(const char *stash)
{
    const char *aux, *name;

    if (!stash || !(perl_int(stash, PERL_SV_FLAGS) & PERL_SV_HAS_AUX))
        return NULL;
    if (layout.aux_in_body)
        aux = perl_pointer(stash, PERL_SV_BODY) + PERL_HV_BODY_SIZE;
    else
        aux = perl_pointer(stash, PERL_SV_UNION) +
              ((uintptr_t)perl_pointer(perl_pointer(stash, PERL_SV_BODY), PERL_HV_MAX) + 1) * sizeof(void *);
    name = perl_pointer(aux, PERL_AUX_NAME);
    if (name && perl_int(aux, PERL_AUX_NAMES) != 0) /* several; negative: the first place is not in use */
        name = perl_pointer(name, perl_int(aux, PERL_AUX_NAMES) < 0 ? sizeof(void *) : 0);
    return name;
}

const char *perl_name_of_sub(const struct perl_layout *of, const char *cv, const char **ret_package)
{
    const char *body = perl_pointer(cv, PERL_SV_BODY), *name = perl_pointer(body, PERL_CV_NAME);

    (void)of;
    *ret_package = NULL;
    if (!name)
        return NULL;
    if (perl_int(body, PERL_CV_FLAGS) & PERL_CV_NAMED) {
        *ret_package = name_of_package(perl_pointer(body, PERL_CV_STASH));
        return name;
    }
    body = perl_pointer(name, PERL_SV_BODY);
    *ret_package = name_of_package(perl_pointer(body, PERL_GV_STASH));
    return perl_pointer(body, PERL_GV_NAME);
}

static uint64_t hash_of_hek(const char *hek)
{
    return hek ? hash_bytes(hek + PERL_HEK_TEXT, (size_t)perl_int(hek, PERL_HEK_LENGTH), 0) : 0;
}

/* A place: the statement's mark, and how many lines behind it the statement stands, above the bits of an address. */
#define LINES_SHIFT 48

/* Addresses are used again when code that was made by eval goes: what it says of itself is what counts. */
static inline uint64_t key_of(const char *what, const char *cop, uint32_t line)
{
    const char *file = perl_pointer(cop, PERL_COP_FILE), *name, *package;
    uint64_t key = hash_mix(file ? hash_bytes(file, strlen(file), 0) : 0, line);

    if (what == main_program || what == eval)
        return hash_mix(key, what == eval);
    name = perl_name_of_sub(&layout, what, &package);
    return hash_mix(key, hash_of_hek(name) + hash_of_hek(package) * HASH_K2);
}

static COLD bool holds(const char *interpreter)
{
    if (test_result == UNTESTED)
        test(interpreter);
    return test_result == HOLDS;
}

#define STACK_MAX (UINT64_C(1) << 30)

/* A program that has Perl inside asks by itself, too, while the interpreter is at rest or gone: nothing takes it from the thread
 * when it ends. Who runs code in it catches exceptions, further out on the stack. */
static inline __attribute__((always_inline)) bool is_at_work(const char *interpreter)
{
    return likely((uintptr_t)perl_pointer(interpreter, layout.top_env) - (uintptr_t)__builtin_frame_address(0) < STACK_MAX) ||
           layout.top_env == 0 || perl_runs_uncaught(&layout, interpreter);
}

/* Where frames go: into memory, or into a hash alone. */
struct frames {
    struct vm_frame *frame; /* NULL: into the hash */
    size_t count, max;
    uint64_t hash;
};

static inline __attribute__((always_inline)) void add(struct frames *to, const char *what, const char *cop, const char *at,
                                                      bool returns_to)
{
    struct vm_frame *frame;
    uint32_t line;

    if (!cop || to->count == to->max)
        return;
    line = perl_statement_line(cop, at, returns_to);
    if (!to->frame) {
        to->hash = hash_mix(to->hash, key_of(what, cop, line));
        to->count++;
        return;
    }
    frame = &to->frame[to->count++];
    frame->key = key_of(what, cop, line);
    frame->code = (uintptr_t)what;
    frame->position = (uintptr_t)cop | (uintptr_t)(line - (uint32_t)perl_int(cop, PERL_COP_LINE)) << LINES_SHIFT;
}

/* As caller() does it: from the innermost context outwards, each says which statement was running outside of it. */
static inline __attribute__((always_inline)) void go_outwards(struct frames *to)
{
    const char *interpreter = perl_interpreter(&layout), *cop, *at;
    bool returns_to = false;

    if (!interpreter || (unlikely(atomic_load_explicit(&test_result, memory_order_relaxed) != HOLDS) && !holds(interpreter)) ||
        !is_at_work(interpreter))
        return;
    cop = perl_pointer(interpreter, layout.curcop);
    at = perl_pointer(interpreter, layout.op);
    for (const char *si = perl_pointer(interpreter, layout.curstackinfo); si; si = perl_pointer(si, PERL_SI_PREVIOUS)) {
        const char *contexts = perl_pointer(si, PERL_SI_CONTEXTS);
        for (int32_t i = perl_int(si, PERL_SI_LAST); i >= 0; i--) {
            const char *context = contexts + (size_t)i * PERL_CONTEXT_SIZE;
            int type = context[PERL_CONTEXT_TYPE] & 0xf;
            if (type != PERL_TYPE_SUB && type != PERL_TYPE_FORMAT && type != PERL_TYPE_EVAL)
                continue;
            add(to, type == PERL_TYPE_EVAL ? eval : perl_pointer(context, PERL_CONTEXT_CV), cop, at, returns_to);
            cop = perl_pointer(context, PERL_CONTEXT_COP);
            at = perl_pointer(context, PERL_CONTEXT_RETURN);
            returns_to = true;
        }
    }
    add(to, main_program, cop, at, returns_to);
}

static size_t walk(struct vm_frame *frames, size_t max)
{
    struct frames to = {.frame = frames, .max = max};

    go_outwards(&to);
    return to.count;
}

static bool identify(uint64_t *ret)
{
    struct frames to = {.max = VM_FRAMES_DEEP};

    go_outwards(&to);
    *ret = to.hash;
    return to.count != 0 && to.count < VM_FRAMES_DEEP;
}

static void describe(const struct vm_frame *frame, struct vm_description *ret)
{
    const char *what = (const char *)frame->code, *name, *package;
    const char *cop = (const char *)(frame->position & ((UINT64_C(1) << LINES_SHIFT) - 1));
    const char *file = perl_pointer(cop, PERL_COP_FILE);

    if (what == main_program || what == eval) {
        snprintf(ret->function, sizeof ret->function, "%s", what);
    } else {
        name = perl_name_of_sub(&layout, what, &package);
        snprintf(ret->function, sizeof ret->function, "%s%s%s", package ? package + PERL_HEK_TEXT : "", package ? "::" : "",
                 name ? name + PERL_HEK_TEXT : "__ANON__");
        ret->function_key = name != NULL;
    }
    if (file && strcmp(file, "-e") == 0) /* named as other languages do */
        file = "<string>";
    else if (file && strcmp(file, "-") == 0)
        file = "<stdin>";
    else if (file && strncmp(file, "(eval ", strlen("(eval ")) == 0) /* with a number that is another one in the next run */
        file = "<eval>";
    snprintf(ret->file, sizeof ret->file, "%s", file ? file : "");
    ret->line = (uint32_t)perl_int(cop, PERL_COP_LINE) + (uint32_t)(frame->position >> LINES_SHIFT);
}

const struct language_walker perl_walker = {
    .name = "perl",
    .language = WALKER_PERL,
    .present = present,
    .start = start,
    .walk = walk,
    .identify = identify,
    .describe = describe,
};
