/* Native frames by libunwind, loaded privately: as a NEEDED library of a preload it would take over the C++ exceptions of the
 * program (it exports _Unwind_* and backtrace). The names below are what libunwind.h's macros expand to on x86-64 (UNW_OBJ,
 * UNW_ARCH_OBJ). */
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "collectors/languages/native/native.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "agent/base/compiler.h"

#define LIBRARY   "libunwind.so.8"
#define SLOTS_MAX 512

static struct {
    int (*backtrace)(void **buffer, int size);
    int (*getcontext)(unw_context_t *context);
    int (*init_local)(unw_cursor_t *cursor, unw_context_t *context);
    int (*step)(unw_cursor_t *cursor);
    int (*get_reg)(unw_cursor_t *cursor, unw_regnum_t reg, unw_word_t *value);
    int (*set_caching_policy)(unw_addr_space_t space, unw_caching_policy_t policy);
    unw_addr_space_t *local_addr_space;
} lib;

/* ThreadSanitizer, in a program that is built with it. It takes what libunwind does for the program's, and its functions cannot
 * be called any more when a thread gives back what unw_backtrace keeps for it. */
extern void AnnotateIgnoreReadsBegin(const char *file, int line) __attribute__((weak));
extern void AnnotateIgnoreReadsEnd(const char *file, int line) __attribute__((weak));
extern void AnnotateIgnoreWritesBegin(const char *file, int line) __attribute__((weak));
extern void AnnotateIgnoreWritesEnd(const char *file, int line) __attribute__((weak));

static bool is_watched_for_races(void)
{
    return AnnotateIgnoreReadsBegin && AnnotateIgnoreReadsEnd && AnnotateIgnoreWritesBegin && AnnotateIgnoreWritesEnd;
}

static void unwatched_begin(void)
{
    if (unlikely(is_watched_for_races())) {
        AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
        AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
    }
}

static void unwatched_end(void)
{
    if (unlikely(is_watched_for_races())) {
        AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
        AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
    }
}

static size_t walk_slots(uintptr_t *addresses, uintptr_t *slots, size_t max);

static COLD size_t walk_unwatched(uintptr_t *addresses, size_t max)
{
    uintptr_t slots[SLOTS_MAX];

    return walk_slots(addresses, slots, max < SLOTS_MAX ? max : SLOTS_MAX);
}

static NOINLINE size_t walk(uintptr_t *addresses, size_t max)
{
    int saved_errno = errno;
    int count;

    if (unlikely(is_watched_for_races()))
        return walk_unwatched(addresses, max);
    count = lib.backtrace((void **)addresses, (int)max);
    errno = saved_errno;
    return count > 0 ? (size_t)count : 0;
}

static NOINLINE size_t walk_slots(uintptr_t *addresses, uintptr_t *slots, size_t max)
{
    int saved_errno = errno;
    unw_context_t context;
    unw_cursor_t cursor;
    unw_word_t ip, sp;
    size_t count = 0;

    unwatched_begin();
    lib.getcontext(&context);
    if (lib.init_local(&cursor, &context) == 0) {
        while (count < max && lib.step(&cursor) > 0) {
            if (lib.get_reg(&cursor, UNW_REG_IP, &ip) != 0 || lib.get_reg(&cursor, UNW_REG_SP, &sp) != 0 || !ip)
                break;
            /* The stack pointer of a caller is the canonical frame address of its callee; the return address stands just below
             * (System V ABI, AMD64 supplement, 3.2.2). */
            addresses[count] = ip;
            slots[count++] = sp - sizeof(uintptr_t);
        }
    }
    unwatched_end();
    errno = saved_errno;
    return count;
}

/* Does a walk end, and does it see who called? */
static NOINLINE bool self_test(void)
{
    uintptr_t addresses[64], slots[64], self = (uintptr_t)__builtin_return_address(0);
    size_t count = walk_slots(addresses, slots, ARRAY_LENGTH(addresses)), found = 0;

    for (size_t i = 0; i < count; i++)
        found += addresses[i] == self && *(uintptr_t *)slots[i] == self;
    return found > 0;
}

/* libunwind keeps a pipe for itself, to try addresses with. It must not have the numbers that the program's next open would get,
 * nor low ones that a daemon closes and uses again: libunwind would write there. So the low numbers are taken while it starts. */
#define PIPE_AT 700 /* as the recording's descriptor, see stream/writer.c */

static size_t descriptors_hold(int *held)
{
    size_t count = 0;
    int source = open("/dev/null", O_RDONLY | O_CLOEXEC), fd = source;

    while (fd >= 0 && fd < PIPE_AT) {
        held[count++] = fd;
        fd = fcntl(source, F_DUPFD_CLOEXEC, 0);
    }
    if (fd >= 0)
        close(fd);
    for (unsigned i = 0; fd < 0 && i < 2 && count > 0; i++) /* there are fewer: the pipe gets the highest two */
        close(held[--count]);
    return count;
}

static void descriptors_release(const int *held, size_t count)
{
    while (count > 0)
        close(held[--count]);
}

static bool begin(void)
{
    int held[PIPE_AT];
    size_t count = descriptors_hold(held);
    bool works;

    /* The global cache blocks signals with two system calls for each look-up; the thread's own needs neither lock nor signals. */
    lib.set_caching_policy(*lib.local_addr_space, is_watched_for_races() ? UNW_CACHE_NONE : UNW_CACHE_PER_THREAD);
    works = self_test();
    descriptors_release(held, count);
    return works;
}

static bool start(const char **why)
{
    int saved_errno = errno;
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    const struct {
        const char *name;
        void *target;
    } wanted[] = {
        {"unw_backtrace", &lib.backtrace},
        {"_Ux86_64_getcontext", &lib.getcontext},
        {"_ULx86_64_init_local", &lib.init_local},
        {"_ULx86_64_step", &lib.step},
        {"_ULx86_64_get_reg", &lib.get_reg},
        {"_ULx86_64_set_caching_policy", &lib.set_caching_policy},
        {"_ULx86_64_local_addr_space", &lib.local_addr_space},
    };

    if (!handle) {
        *why = LIBRARY " cannot be loaded (Debian: apt-get install libunwind8): stacks have one frame only";
        goto out;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++) {
        void *symbol = dlsym(handle, wanted[i].name);
        if (!symbol) {
            *why = LIBRARY " lacks a function that is needed: stacks have one frame only";
            goto close;
        }
        *(void **)wanted[i].target = symbol;
    }
    if (begin()) {
        errno = saved_errno;
        return true;
    }
    *why = LIBRARY " does not find its way through the stack of this program: stacks have one frame only";
close:
    dlclose(handle);
out:
    errno = saved_errno;
    return false;
}

const struct native_walker native_libunwind = {
    .name = "native",
    .start = start,
    .walk = walk,
    .walk_slots = walk_slots,
};
