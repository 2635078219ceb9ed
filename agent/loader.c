#include "loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "base/compiler.h"
#include "resolve.h"
#include "settings.h"

/* Where dlsym(3) lives: in libc since glibc 2.34, in libdl before. dlvsym is not interposed by anybody. */
#define VERSION_NEW "GLIBC_2.34"
#define VERSION_OLD "GLIBC_2.2.5"

/* Called by the jumps below, which the compiler does not see. */
HIDDEN void *loader_find_real(unsigned which) __attribute__((used));
HIDDEN void *loader_dlsym(void *handle, const char *name) __attribute__((used));

/* Read by the jumps. NULL: not known yet. */
HIDDEN void *_Atomic loader_real_dlopen, *_Atomic loader_real_dlmopen, *_Atomic loader_real_dlsym;
static void *_Atomic self; /* handle of the agent */

/* The first library of each kind whose functions were asked for by name. Its wrappers serve whoever calls them, and libffi calls
 * for everybody: of a second copy the real functions are given out, so that a handle of one never reaches the other. */
static struct {
    const char *prefix;
    size_t length;
    _Atomic uintptr_t start;
} given[] = {{"sqlite3_", 8, 0}, {"PQ", 2, 0}};

/* Modes of dlopen that are passed on: all but the one with which a library would find its functions before ours. */
__attribute__((used)) HIDDEN int loader_modes = ~RTLD_DEEPBIND;

/* What a jump calls that does not know where to go. */
void *loader_find_real(unsigned which)
{
    static const char *const names[] = {"dlopen", "dlmopen", "dlsym"};
    static void *_Atomic *const known[] = {&loader_real_dlopen, &loader_real_dlmopen, &loader_real_dlsym};
    int saved_errno = errno;
    void *function = dlvsym(RTLD_NEXT, names[which], VERSION_NEW);

    if (!function)
        function = dlvsym(RTLD_NEXT, names[which], VERSION_OLD);
    atomic_store_explicit(known[which], function, memory_order_relaxed);
    errno = saved_errno;
    return function;
}

void *loader_symbol(void *handle, const char *name)
{
    void *function = atomic_load_explicit(&loader_real_dlsym, memory_order_relaxed);

    if (unlikely(!function))
        function = loader_find_real(2);
    return ((void *(*)(void *, const char *))function)(handle, name);
}

/* Our function of this name; NULL: we have none. */
static void *wrapper_of(const char *name)
{
    struct resolve_object agent, found;
    void *handle = atomic_load_explicit(&self, memory_order_acquire), *symbol;

    if (!resolve_object_at((uintptr_t)&wrapper_of, &agent))
        return NULL;
    if (!handle) { /* the agent is never unloaded: the handle may stay */
        handle = dlopen(agent.path, RTLD_LAZY | RTLD_NOLOAD);
        atomic_store_explicit(&self, handle, memory_order_release);
    }
    symbol = handle ? loader_symbol(handle, name) : NULL;
    return symbol && resolve_object_at((uintptr_t)symbol, &found) && found.start == agent.start ? symbol : NULL;
}

static size_t kind_of(const char *name)
{
    size_t i = 0;

    while (i < ARRAY_LENGTH(given) && strncmp(name, given[i].prefix, given[i].length) != 0)
        i++;
    return i;
}

static void *given_in(size_t kind, const char *name)
{
    uintptr_t start = atomic_load_explicit(&given[kind].start, memory_order_acquire);
    struct resolve_object object;

    return start && resolve_object_at(start, &object) && object.start == start ? resolve_in_object(name, start) : NULL;
}

void *loader_given_out(const char *name)
{
    size_t kind = kind_of(name);

    return kind < ARRAY_LENGTH(given) ? given_in(kind, name) : NULL;
}

/* Whether a call through our wrapper would reach `symbol`, whoever makes it. */
static bool means(size_t kind, const char *name, void *symbol, uintptr_t caller)
{
    struct resolve_object object;
    void *linked = resolve_next(name);

    if (linked)
        return linked == symbol;
    linked = resolve_in_object(name, caller); /* what the one who asks is linked with */
    if (linked && linked != symbol)
        return false;
    if (!resolve_object_at((uintptr_t)symbol, &object))
        return false;
    if (!given_in(kind, name))
        atomic_store_explicit(&given[kind].start, object.start, memory_order_release);
    return given[kind].start == object.start;
}

/* dlsym for a handle and a name that may be one of ours. */
void *loader_dlsym(void *handle, const char *name)
{
    uintptr_t caller = (uintptr_t)__builtin_return_address(0);
    void *symbol = loader_symbol(handle, name), *wrapper;
    size_t kind = kind_of(name);
    int saved_errno = errno;

    if (!symbol || kind == ARRAY_LENGTH(given) || settings.disabled)
        return symbol;
    wrapper = wrapper_of(name);
    if (wrapper && wrapper != symbol && means(kind, name, symbol, caller))
        symbol = wrapper;
    dlerror(); /* nothing that the program did has failed */
    errno = saved_errno;
    return symbol;
}

void loader_start(void)
{
    if (settings.disabled)
        loader_modes = ~0;
}

/* An interposed function that goes on to the real one with all that it was given. */
#define JUMP(name, which, before)                                                                                                \
    __asm__(".text\n"                                                                                                            \
            ".globl " name "\n"                                                                                                  \
            ".type " name ", @function\n"                                                                                        \
            ".p2align 4\n" name ":\n"                                                                                            \
            ".cfi_startproc\n"                                                                                                   \
            "endbr64\n" before "2:\n"                                                                                            \
            "movq loader_real_" name "(%rip), %rax\n"                                                                            \
            "testq %rax, %rax\n"                                                                                                 \
            "je 1f\n"                                                                                                            \
            "jmp *%rax\n"                                                                                                        \
            "1:\n"                                                                                                               \
            "pushq %rdi\n.cfi_adjust_cfa_offset 8\n"                                                                             \
            "pushq %rsi\n.cfi_adjust_cfa_offset 8\n"                                                                             \
            "pushq %rdx\n.cfi_adjust_cfa_offset 8\n"                                                                             \
            "movl $" which ", %edi\n"                                                                                            \
            "call loader_find_real\n"                                                                                            \
            "popq %rdx\n.cfi_adjust_cfa_offset -8\n"                                                                             \
            "popq %rsi\n.cfi_adjust_cfa_offset -8\n"                                                                             \
            "popq %rdi\n.cfi_adjust_cfa_offset -8\n"                                                                             \
            "jmp *%rax\n"                                                                                                        \
            ".cfi_endproc\n"                                                                                                     \
            ".size " name ", .-" name "\n")

JUMP("dlopen", "0", "andl loader_modes(%rip), %esi\n");
JUMP("dlmopen", "1", "andl loader_modes(%rip), %edx\n");
/* RTLD_NEXT (-1) and RTLD_DEFAULT (0) go on; so does a name that does not begin as ours do. */
JUMP("dlsym", "2",
     "leaq 1(%rdi), %rax\n"
     "cmpq $1, %rax\n"
     "jbe 2f\n"
     "testq %rsi, %rsi\n"
     "je 2f\n"
     "movzbl (%rsi), %eax\n"
     "cmpb $'s', %al\n"
     "je loader_dlsym\n"
     "cmpb $'P', %al\n"
     "je loader_dlsym\n");
