#include "agent/stack/module.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/strbuf.h"
#include "agent/recording/recording.h"

#define BUILD_ID_MAX 64

/* One object as it was mapped once: the same address range may belong to another object after a dlclose. */
struct module {
    uintptr_t start, end;
    uint64_t bias;
    uint32_t id;
    unsigned char build_id[BUILD_ID_MAX];
    size_t build_id_length;
    struct module *next;
};

extern __typeof__(_dl_find_object) _dl_find_object __attribute__((weak)); /* as in resolve.c */

static struct module *modules; /* newest first; written and read under recording_lock */
static uint32_t last_id;

/* NT_GNU_BUILD_ID of the notes segment (elf(5)); the ELF header is the first thing in the mapping. */
static size_t read_build_id(const void *map_start, uint64_t bias, unsigned char *out)
{
    const ElfW(Ehdr) *header = map_start;
    const ElfW(Phdr) * segment;

    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phoff > 4096 || header->e_phentsize != sizeof *segment)
        return 0;
    segment = (const ElfW(Phdr) *)(const void *)((const char *)map_start + header->e_phoff);
    for (unsigned i = 0; i < header->e_phnum; i++, segment++) {
        const char *p = (const char *)(uintptr_t)(bias + segment->p_vaddr);
        const char *end = p + segment->p_memsz;
        if (segment->p_type != PT_NOTE)
            continue;
        while ((size_t)(end - p) >= sizeof(ElfW(Nhdr))) {
            const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)(const void *)p;
            const char *name = p + sizeof *note, *value = name + ((note->n_namesz + 3U) & ~3U);
            if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(name, "GNU", 4) == 0 &&
                note->n_descsz <= BUILD_ID_MAX && value + note->n_descsz <= end) {
                memcpy(out, value, note->n_descsz);
                return note->n_descsz;
            }
            p = value + ((note->n_descsz + 3U) & ~3U);
        }
    }
    return 0;
}

static void absolute_path(const char *name, char *out, size_t size)
{
    struct strbuf path;
    ssize_t length;

    strbuf_init(&path, out, size);
    if (!*name) { /* the executable itself */
        length = readlink("/proc/self/exe", out, size - 1);
        out[length > 0 ? length : 0] = '\0';
        return;
    }
    if (*name != '/' && getcwd(out, size)) {
        path.length = strlen(out);
        strbuf_add(&path, "/");
    }
    strbuf_add(&path, name);
}

static struct module *module_add(const struct dl_find_object *found)
{
    static char path[PATH_MAX];
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Module message = NPLUS1__MODULE__INIT;
    struct module *module = pool_alloc(&recording_pool, sizeof *module);

    if (!module)
        return NULL;
    module->start = (uintptr_t)found->dlfo_map_start;
    module->end = (uintptr_t)found->dlfo_map_end;
    module->bias = found->dlfo_link_map->l_addr;
    module->build_id_length = read_build_id(found->dlfo_map_start, module->bias, module->build_id);
    absolute_path(found->dlfo_link_map->l_name, path, sizeof path);
    message.has_id = message.has_build_id = message.has_load_bias = message.has_start = message.has_end = true;
    message.id = last_id + 1;
    message.path = path;
    message.build_id.data = module->build_id;
    message.build_id.len = module->build_id_length;
    message.load_bias = module->bias;
    message.start = module->start;
    message.end = module->end;
    record.module = &message;
    if (!recording_append(&record))
        return NULL;
    module->id = ++last_id;
    module->next = modules;
    modules = module;
    return module;
}

struct module_address module_resolve(uintptr_t address)
{
    struct module_address result = {0, address};
    struct dl_find_object found;
    unsigned char build_id[BUILD_ID_MAX];
    struct module *module;
    int saved_errno = errno;

    if (_dl_find_object((void *)address, &found) != 0)
        return result;
    for (module = modules; module; module = module->next) {
        if (module->start != (uintptr_t)found.dlfo_map_start || module->end != (uintptr_t)found.dlfo_map_end)
            continue;
        if (read_build_id(found.dlfo_map_start, found.dlfo_link_map->l_addr, build_id) == module->build_id_length &&
            memcmp(build_id, module->build_id, module->build_id_length) == 0)
            break;
    }
    if (!module)
        module = module_add(&found);
    if (module) {
        result.module = module->id;
        result.offset = address - module->bias;
    }
    errno = saved_errno;
    return result;
}

void module_reset_after_fork(void)
{
    modules = NULL;
    last_id = 0;
}
