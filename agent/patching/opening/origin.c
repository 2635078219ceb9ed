#include "agent/patching/opening/origin.h"

#include <link.h>
#include <stddef.h>
#include <string.h>

#include "agent/patching/opening/needs.h"

struct look {
    uintptr_t caller;
    bool seen_first, seen_caller;
    bool caller_has_runpath, agent_has_path, others_have_rpath;
};

static bool holds(const struct dl_phdr_info *info, uintptr_t address)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && address - (info->dlpi_addr + segment->p_vaddr) < segment->p_memsz)
            return true;
    }
    return false;
}

static const ElfW(Dyn) * dynamic_of(const struct dl_phdr_info *info)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            return (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    }
    return NULL;
}

static int visit(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct look *look = argument;
    bool is_first = !look->seen_first, is_caller = holds(info, look->caller), is_agent = holds(info, (uintptr_t)&visit);

    (void)size;
    look->seen_first = true;
    look->seen_caller |= is_caller;
    for (const ElfW(Dyn) *entry = dynamic_of(info); entry && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag != DT_RPATH && entry->d_tag != DT_RUNPATH)
            continue;
        look->agent_has_path |= is_agent;
        look->caller_has_runpath |= is_caller && entry->d_tag == DT_RUNPATH;
        look->others_have_rpath |= !is_first && entry->d_tag == DT_RPATH; /* the program's counts for everybody */
    }
    return 0;
}

bool origin_is_same(const char *file, uintptr_t caller)
{
    struct look look = {.caller = caller};

    if (strchr(file, '$'))
        return false;
    dl_iterate_phdr(visit, &look);
    if (!look.seen_caller || look.agent_has_path || (look.caller_has_runpath && !strchr(file, '/')))
        return false;
    /* A DT_RPATH, of the caller or of who loaded it, is of use to a path only where what that needs is searched for. */
    return !look.others_have_rpath || (strchr(file, '/') && needs_nothing_more(file));
}
