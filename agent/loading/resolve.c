#include "agent/loading/resolve.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <string.h>

#include "agent/base/compiler.h"
#include "agent/loading/answers.h"
#include "agent/loading/real.h"

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
        symbol = not_ours(real_dlsym(handle, name));
        real_dlclose(handle); /* what RTLD_NOLOAD counted up */
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

/* dlopen must not be called inside dl_iterate_phdr (lock order), so one object is fetched at a time. */
size_t resolve_everywhere(const char *name, void **ret, size_t max)
{
    int saved_errno = errno;
    struct scan scan;
    size_t count = 0;

    for (size_t i = 0; count < max; i++) {
        void *symbol;
        size_t known = 0;

        scan.index = i;
        scan.found = false;
        if (!dl_iterate_phdr(scan_visit, &scan))
            break;
        symbol = scan.found && scan.path[0] ? find_in_path(name, scan.path) : NULL;
        while (known < count && ret[known] != symbol)
            known++;
        if (symbol && known == count)
            ret[count++] = symbol;
    }
    errno = saved_errno;
    return count;
}

static int loads_visit(struct dl_phdr_info *info, size_t size, void *argument)
{
    *(uint64_t *)argument = info->dlpi_adds << 32 ^ info->dlpi_subs;
    return 1;
}

uint64_t resolve_loads(void)
{
    uint64_t loads = 0;

    dl_iterate_phdr(loads_visit, &loads);
    return loads;
}

void *resolve_next(const char *name)
{
    int saved_errno = errno;
    void *symbol = not_ours(real_dlsym(RTLD_NEXT, name));

    if (!symbol)
        dlerror();
    errno = saved_errno;
    return symbol;
}

void *resolve_first(const char *name)
{
    int saved_errno = errno;
    void *symbol = not_ours(real_dlsym(RTLD_DEFAULT, name));

    dlerror();
    errno = saved_errno;
    return symbol;
}

bool resolve_is_preceded(void)
{
    struct dl_find_object found;
    const struct link_map *before;

    if (_dl_find_object((void *)(uintptr_t)&resolve_is_preceded, &found) != 0)
        return false;
    before = found.dlfo_link_map->l_prev;
    if (before && strstr(before->l_name, "vdso")) /* it comes second */
        before = before->l_prev;
    return before && before->l_prev;
}

void *resolve_in_object(const char *name, uintptr_t address)
{
    struct answers_question question = {.name = name};
    struct resolve_object object;
    int saved_errno = errno;

    if (!resolve_object_at(address, &object))
        return NULL;
    answers_ask(&question, 1, object.start, object.end, false);
    if (question.is_doubtful)
        question.found = find_in_path(name, object.path);
    errno = saved_errno;
    return question.found;
}
