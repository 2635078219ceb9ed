#include "agent/stack/module.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/compiler.h"
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
    bool runs_tasks;
    struct module *next;
};

extern __typeof__(_dl_find_object) _dl_find_object __attribute__((weak)); /* as in resolve.c */

static struct module *modules; /* newest first; written and read under recording_lock */
static uint32_t last_id;

/* NT_GNU_BUILD_ID of a segment of notes (elf(5)). The last note of one need not be padded, and a tool that moved sections may
 * have left anything there. */
static size_t find_build_id(const unsigned char *notes, size_t size, unsigned char *out)
{
    ElfW(Nhdr) note;
    size_t at = 0;

    while (size - at >= sizeof note) {
        size_t name_size, value_size;
        memcpy(&note, notes + at, sizeof note);
        at += sizeof note;
        name_size = ((size_t)note.n_namesz + 3) & ~(size_t)3;
        if (name_size > size - at)
            return 0;
        if (note.n_descsz > size - at - name_size)
            return 0;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(notes + at, "GNU", 4) == 0 &&
            note.n_descsz <= BUILD_ID_MAX) {
            memcpy(out, notes + at + name_size, note.n_descsz);
            return note.n_descsz;
        }
        at += name_size;
        value_size = ((size_t)note.n_descsz + 3) & ~(size_t)3;
        if (value_size > size - at)
            return 0;
        at += value_size;
    }
    return 0;
}

/* Whether a segment lies in one that was loaded, and may be read. */
static bool is_loaded(const ElfW(Phdr) * segment, const ElfW(Phdr) * segments, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const ElfW(Phdr) *loaded = &segments[i];
        if (loaded->p_type == PT_LOAD && (loaded->p_flags & PF_R) && segment->p_vaddr >= loaded->p_vaddr &&
            segment->p_vaddr - loaded->p_vaddr <= loaded->p_filesz &&
            segment->p_memsz <= loaded->p_filesz - (segment->p_vaddr - loaded->p_vaddr))
            return true;
    }
    return false;
}

/* The ELF header is the first thing in the mapping. */
static size_t read_build_id(const void *map_start, uint64_t bias, unsigned char *out)
{
    const ElfW(Ehdr) *header = map_start;
    const ElfW(Phdr) * segments;

    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phentsize != sizeof *segments ||
        header->e_phoff + header->e_phnum * sizeof *segments > 4096)
        return 0;
    segments = (const ElfW(Phdr) *)(const void *)((const char *)map_start + header->e_phoff);
    for (unsigned i = 0; i < header->e_phnum; i++) {
        const ElfW(Phdr) *notes = &segments[i];
        size_t length = 0;
        if (notes->p_type == PT_NOTE && is_loaded(notes, segments, header->e_phnum))
            length = find_build_id((const unsigned char *)(uintptr_t)(bias + notes->p_vaddr), notes->p_memsz, out);
        if (length > 0)
            return length;
    }
    return 0;
}

static void absolute_path(const char *name, char *out, size_t size)
{
    struct strbuf path;

    strbuf_init(&path, out, size);
    if (!*name) { /* the executable itself */
        strbuf_add(&path, recording_executable());
        return;
    }
    if (*name != '/' && getcwd(out, size)) {
        path.length = strlen(out);
        strbuf_add(&path, "/");
    }
    strbuf_add(&path, name);
}

/* OpenMP's of gcc and clang, and Threading Building Blocks (std::execution::par): a loop is done by the thread that came to it,
 * together with those of a pool. */
static bool runs_tasks(const char *path)
{
    static const char *const names[] = {"libgomp.so", "libomp.so", "libomp5.so", "libiomp5.so", "libtbb.so"};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return true;
    }
    return false;
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
    module->runs_tasks = runs_tasks(path);
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
    struct module_address result = {0, address, false};
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
        result.runs_tasks = module->runs_tasks;
    }
    errno = saved_errno;
    return result;
}

void module_reset_after_fork(void)
{
    modules = NULL;
    last_id = 0;
}
