#include "agent/loading/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>

/* Where dlsym(3) lives: in libc since glibc 2.34, in libdl before. dlvsym is not interposed by anybody. */
#define VERSION_NEW "GLIBC_2.34"
#define VERSION_OLD "GLIBC_2.2.5"

/* Called and read by the jumps of entries.S, which the compiler does not see. NULL: not known yet. */
HIDDEN void *real_find(unsigned which) __attribute__((used));
HIDDEN void *_Atomic real_address_of_dlopen, *_Atomic real_address_of_dlmopen, *_Atomic real_address_of_dlsym;

_Atomic uint32_t real_loader_changes = 1;

void *real_find(unsigned which)
{
    static const char *const names[] = {"dlopen", "dlmopen", "dlsym"};
    static void *_Atomic *const known[] = {&real_address_of_dlopen, &real_address_of_dlmopen, &real_address_of_dlsym};
    int saved_errno = errno;
    void *function = dlvsym(RTLD_NEXT, names[which], VERSION_NEW);

    if (!function)
        function = dlvsym(RTLD_NEXT, names[which], VERSION_OLD);
    atomic_store_explicit(known[which], function, memory_order_relaxed);
    errno = saved_errno;
    return function;
}

void *real_dlsym(void *handle, const char *name)
{
    void *function = atomic_load_explicit(&real_address_of_dlsym, memory_order_relaxed);

    if (unlikely(!function))
        function = real_find(2);
    return ((void *(*)(void *, const char *))function)(handle, name);
}

void *real_dlopen(const char *file, int mode)
{
    void *function = atomic_load_explicit(&real_address_of_dlopen, memory_order_relaxed);

    if (unlikely(!function))
        function = real_find(0);
    return ((void *(*)(const char *, int))function)(file, mode);
}

int real_dlclose(void *handle)
{
    static int (*_Atomic real)(void *);
    int (*function)(void *) = atomic_load_explicit(&real, memory_order_relaxed);

    if (!function) {
        *(void **)&function = real_dlsym(RTLD_NEXT, "dlclose");
        atomic_store_explicit(&real, function, memory_order_relaxed);
    }
    return function(handle);
}
