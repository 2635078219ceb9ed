#include "agent/loading/loader.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "agent/base/compiler.h"
#include "agent/loading/provider.h"
#include "agent/loading/resolve.h"
#include "agent/process/settings.h"
#include "agent/stack/walker.h"

/* Where dlsym(3) lives: in libc since glibc 2.34, in libdl before. dlvsym is not interposed by anybody. */
#define VERSION_NEW "GLIBC_2.34"
#define VERSION_OLD "GLIBC_2.2.5"

/* Called by the jumps below, which the compiler does not see. */
HIDDEN void *loader_find_real(unsigned which) __attribute__((used));
HIDDEN bool loader_answers(void *handle, const char *name, uintptr_t caller) __attribute__((used));
HIDDEN void *loader_dlsym(void *handle, const char *name) __attribute__((used));

/* Read by the jumps. NULL: not known yet. */
HIDDEN void *_Atomic loader_real_dlopen, *_Atomic loader_real_dlmopen, *_Atomic loader_real_dlsym;

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

static bool is_ours(void *symbol)
{
    struct resolve_object agent;

    return resolve_object_at((uintptr_t)&is_ours, &agent) && (uintptr_t)symbol >= agent.start && (uintptr_t)symbol < agent.end;
}

/* Whether a name is there for the code at `caller` when we are not. */
static bool is_there(const char *name, uintptr_t caller)
{
    return resolve_next(name) || resolve_in_object(name, caller);
}

/* Whether the answer to a dlsym is ours to give: of a library for a function that we interpose or that a walker wants to know of,
 * and of everything for one that no library has, where our own would be found. What else there is, only the real dlsym knows. */
bool loader_answers(void *handle, const char *name, uintptr_t caller)
{
    struct provider_kind *kind;

    if (settings.disabled)
        return false;
    if (!provider_symbol_of(name, &kind))
        return handle != RTLD_DEFAULT && handle != RTLD_NEXT && walkers_of_symbol(name);
    return (handle != RTLD_DEFAULT && handle != RTLD_NEXT) || !is_there(name, caller);
}

void *loader_dlsym(void *handle, const char *name)
{
    struct provider_kind *kind;
    const struct provider_symbol *interposed = provider_symbol_of(name, &kind);
    const struct language_walker *walker = interposed ? NULL : walkers_of_symbol(name);
    uintptr_t caller = (uintptr_t)__builtin_return_address(0); /* of dlsym, which jumps here */
    int saved_errno = errno;
    void *symbol;

    if (handle == RTLD_DEFAULT || handle == RTLD_NEXT)
        return loader_symbol(RTLD_NEXT, name); /* NULL, and dlerror says why */
    symbol = loader_symbol(handle, name);
    if (walker) {
        if (symbol) {
            symbol = walker->give_out(name, symbol, caller);
            dlerror();
            errno = saved_errno;
        }
        return symbol;
    }
    if (is_ours(symbol)) /* the handle is the program's: everything is searched */
        symbol = loader_symbol(RTLD_NEXT, name);
    if (symbol) {
        symbol = provider_give_out(kind, interposed, symbol);
        dlerror(); /* nothing that the program did has failed */
        errno = saved_errno;
    }
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
/* A name that does not begin as ours do goes on at once. */
JUMP("dlsym", "2",
     "testq %rsi, %rsi\n"
     "je 2f\n"
     "movzbl (%rsi), %eax\n"
     "cmpb $'s', %al\n"
     "je 3f\n"
     "cmpb $'S', %al\n" /* Sqlite3_Init and its kin: see language_walker.symbols */
     "je 3f\n"
     "cmpb $'T', %al\n"
     "je 3f\n"
     "cmpb $'P', %al\n"
     "jne 2f\n"
     "3:\n"
     "pushq %rdi\n.cfi_adjust_cfa_offset 8\n"
     "pushq %rsi\n.cfi_adjust_cfa_offset 8\n"
     "subq $8, %rsp\n.cfi_adjust_cfa_offset 8\n"
     "movq 24(%rsp), %rdx\n" /* the return address */
     "call loader_answers\n"
     "addq $8, %rsp\n.cfi_adjust_cfa_offset -8\n"
     "popq %rsi\n.cfi_adjust_cfa_offset -8\n"
     "popq %rdi\n.cfi_adjust_cfa_offset -8\n"
     "testb %al, %al\n"
     "jne loader_dlsym\n");
