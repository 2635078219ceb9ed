#include "agent/loading/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "agent/loading/objects/object.h"

/* Where dlsym(3) lives: in libc since glibc 2.34, in libdl before. dlvsym is not interposed by anybody. */
#define VERSION_NEW "GLIBC_2.34"
#define VERSION_OLD "GLIBC_2.2.5"

#define VERSION_HIDDEN 0x8000 /* of DT_VERSYM: not the version that is meant when none is said */

extern struct r_debug _r_debug __attribute__((weak)); /* ld.so: what is loaded */

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

/* A function that every version of the name has, and that is not chosen at run time. */
static bool is_certain(const struct link_map *map, const struct object *object, const ElfW(Sym) * symbol)
{
    const uint16_t *versions = NULL;

    for (const ElfW(Dyn) *entry = map->l_ld; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_VERSYM)
            versions = object_absolute(map->l_addr, entry->d_un.d_ptr);
    }
    return ELF64_ST_TYPE(symbol->st_info) == STT_FUNC && ELF64_ST_BIND(symbol->st_info) != STB_LOCAL && symbol->st_value &&
           !(versions && versions[symbol - object->names.symbols] & VERSION_HIDDEN);
}

/* What came with the program is never unloaded, and stands first in the list; libc is among it, and has nearly every name. */
void *real_next(const char *name)
{
    const struct link_map *map = &_r_debug ? _r_debug.r_map : NULL;
    const ElfW(Sym) *symbol = NULL;
    uint32_t hash = gnu_hash_of(name);
    struct object object;

    while (map && map->l_ld != _DYNAMIC)
        map = map->l_next;
    for (map = map ? map->l_next : NULL; map; map = map->l_next) {
        if (!object_read(map->l_addr, map->l_ld, &object))
            break;
        symbol = gnu_hash_find(&object.names, name, hash);
        if (symbol && is_certain(map, &object, symbol))
            return (void *)(map->l_addr + symbol->st_value);
        if (symbol)
            break;
    }
    return real_dlsym(RTLD_NEXT, name);
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
        *(void **)&function = real_next("dlclose");
        atomic_store_explicit(&real, function, memory_order_relaxed);
    }
    return function(handle);
}
