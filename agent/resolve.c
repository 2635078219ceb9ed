#include "resolve.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <string.h>

#include "base/compiler.h"
#include "lifecycle.h"
#include "loader.h"

/* Weak: it belongs to ld.so, and libc is to be all that we need. */
extern __typeof__(_dl_find_object) _dl_find_object __attribute__((weak));

bool resolve_object_at(uintptr_t address, struct resolve_object *ret)
{
    struct dl_find_object found;

    if (_dl_find_object((void *)address, &found) != 0)
        return false;
    ret->start = (uintptr_t)found.dlfo_map_start;
    ret->end = (uintptr_t)found.dlfo_map_end;
    ret->path = found.dlfo_link_map->l_name;
    return true;
}

/* A hit in ourselves is none. */
static void *not_ours(void *symbol)
{
    struct resolve_object self;
    uintptr_t address = (uintptr_t)symbol;

    if (!symbol || !resolve_object_at((uintptr_t)&not_ours, &self))
        return NULL;
    return address >= self.start && address < self.end ? NULL : symbol;
}

static void *find_in_path(const char *name, const char *path)
{
    void *handle = dlopen(*path ? path : NULL, RTLD_LAZY | RTLD_NOLOAD), *symbol = NULL;

    if (handle) {
        symbol = not_ours(loader_symbol(handle, name));
        lifecycle_give_back(handle); /* what RTLD_NOLOAD counted up */
    }
    dlerror();
    return symbol;
}

struct scan {
    size_t index;
    char path[PATH_MAX];
    bool found;
};

static int scan_visit(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct scan *scan = argument;

    (void)size;
    if (scan->index-- > 0)
        return 0;
    if (strlen(info->dlpi_name) < sizeof scan->path) {
        strcpy(scan->path, info->dlpi_name);
        scan->found = true;
    }
    return 1;
}

/* Last resort, when a tail-calling driver or libffi hides the caller: the first object that has the name. dlopen must not be
 * called inside dl_iterate_phdr (lock order), so one object is fetched at a time. */
static void *find_anywhere(const char *name)
{
    struct scan scan;
    void *symbol = NULL;

    for (size_t i = 0; !symbol; i++) {
        scan.index = i;
        scan.found = false;
        if (!dl_iterate_phdr(scan_visit, &scan))
            break;
        if (scan.found && scan.path[0])
            symbol = find_in_path(name, scan.path);
    }
    return symbol;
}

void *resolve_next(const char *name)
{
    int saved_errno = errno;
    void *symbol = not_ours(dlsym(RTLD_NEXT, name));

    if (!symbol)
        dlerror();
    errno = saved_errno;
    return symbol;
}

void *resolve_for_caller(const char *name, uintptr_t caller)
{
    struct resolve_object object;
    int saved_errno = errno;
    void *symbol = resolve_next(name);

    if (!symbol) {
        if (resolve_object_at(caller, &object))
            symbol = find_in_path(name, object.path);
        if (!symbol)
            symbol = loader_given_out(name);
        if (!symbol)
            symbol = find_anywhere(name);
    }
    errno = saved_errno;
    return symbol;
}

void *resolve_in_object(const char *name, uintptr_t address)
{
    struct resolve_object object;
    int saved_errno = errno;
    void *symbol = NULL;

    if (resolve_object_at(address, &object))
        symbol = find_in_path(name, object.path);
    errno = saved_errno;
    return symbol;
}
