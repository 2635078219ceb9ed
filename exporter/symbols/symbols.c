#include "exporter/symbols/symbols.h"

#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/hash.h"
#include "exporter/ownership/ownership.h"
#include "exporter/symbols/debug_files.h"
#include "exporter/symbols/demangle.h"
#include "exporter/symbols/dwarf_index.h"

#define UNSIZED_MAX 4096 /* bytes that a function written in assembler, which states no size, may have */

struct entry {
    uint64_t address;
    uint64_t size;
    const char *name; /* in the ELF file's memory */
    bool global;
};

struct symbols_module {
    const char *path;
    struct text_pool *pool;
    enum symbols_state state;
    Dwfl *dwfl;
    Dwfl_Module *module;
    struct dwarf_index *index; /* NULL: no debug information */
    uint64_t dwarf_bias;
    bool symtab_read;
    struct entry *entries;
    uint32_t entry_count;
    uint32_t entry_capacity;
};

struct symbols {
    struct text_pool *pool;
    struct map map;
    struct symbols_module **modules;
    uint32_t count;
    uint32_t capacity;
};

static int find_no_elf(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, char **file_name, Elf **elf)
{
    return -1;
}

/* libdwfl's own search would also ask debuginfod servers. It asks here for what dwz took out of several files, too, which has no
 * checksum: what stands beside the file libdw then finds by itself. */
static int find_debug_file(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, const char *file_name,
                           const char *debuglink, GElf_Word crc, char **ret_name)
{
    const unsigned char *id = NULL;
    GElf_Addr address;
    if (debuglink && crc == 0) {
        int fd = strstr(debuglink, ".dwz/") ? debug_files_open(debuglink) : -1;
        if (fd >= 0)
            *ret_name = strdup(debuglink);
        return fd;
    }
    int length = dwfl_module_build_id(module, &id, &address);
    return debug_files_find(file_name, debuglink, id, length > 0 ? (size_t)length : 0, ret_name);
}

static const Dwfl_Callbacks callbacks = {
    .find_elf = find_no_elf,
    .find_debuginfo = find_debug_file,
    .section_address = dwfl_offline_section_address,
};

static void open_module(struct symbols_module *m, const void *build_id, size_t build_id_length)
{
    m->state = SYMBOLS_MISSING;
    int fd = debug_files_open(m->path);
    if (fd < 0)
        return;
    m->dwfl = dwfl_begin(&callbacks);
    if (!m->dwfl) {
        close(fd);
        return;
    }
    dwfl_report_begin(m->dwfl);
    m->module = dwfl_report_elf(m->dwfl, m->path, m->path, fd, 0, true);
    if (!m->module)
        close(fd);
    dwfl_report_end(m->dwfl, NULL, NULL);
    if (!m->module)
        return;

    const unsigned char *id = NULL;
    GElf_Addr address;
    int length = dwfl_module_build_id(m->module, &id, &address);
    if (build_id_length > 0 && (length < 0 || (size_t)length != build_id_length || memcmp(id, build_id, build_id_length) != 0)) {
        m->state = SYMBOLS_CHANGED;
        return;
    }
    m->state = SYMBOLS_READ;
    if (ownership_is_c_runtime(m->path))
        return; /* its functions' names say enough, and to unpack its lines takes longer than the rest of a small report */
    Dwarf_Addr bias = 0;
    Dwarf *dwarf = dwfl_module_getdwarf(m->module, &bias);
    if (dwarf) {
        m->dwarf_bias = bias;
        m->index = dwarf_index_create(dwarf, m->pool);
    }
}

struct symbols *symbols_create(struct text_pool *pool)
{
    struct symbols *s = alloc_zeroed(1, sizeof *s);
    s->pool = pool;
    return s;
}

struct symbols_module *symbols_module(struct symbols *s, const char *path, const void *build_id, size_t build_id_length)
{
    path = text_intern_string(s->pool, path ? path : "");
    uint64_t key = hash_mix((uint64_t)(uintptr_t)path, hash_bytes(build_id, build_id_length, 0));
    bool added;
    uint32_t index = map_intern(&s->map, key, s->count, &added);
    if (!added)
        return s->modules[index];
    struct symbols_module *m = alloc_zeroed(1, sizeof *m);
    m->path = path;
    m->pool = s->pool;
    open_module(m, build_id, build_id_length);
    ALLOC_GROW(s->modules, s->count, s->capacity);
    s->modules[s->count++] = m;
    return m;
}

enum symbols_state symbols_module_state(const struct symbols_module *module)
{
    return module->state;
}

bool symbols_module_has_lines(const struct symbols_module *module)
{
    return module->index != NULL;
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if (x->global != y->global)
        return x->global ? 1 : -1; /* the last one at an address is taken */
    if ((x->size > 0) != (y->size > 0))
        return x->size > 0 ? 1 : -1;
    return -strcmp(x->name, y->name);
}

static void read_symtab(struct symbols_module *m)
{
    m->symtab_read = true;
    int count = dwfl_module_getsymtab(m->module);
    for (int i = 1; i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        GElf_Word section;
        const char *name = dwfl_module_getsym_info(m->module, i, &symbol, &address, &section, NULL, NULL);
        int type = GELF_ST_TYPE(symbol.st_info);
        if (!name || !name[0] || section == SHN_UNDEF || (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE))
            continue;
        if (type == STT_NOTYPE && symbol.st_size == 0 && GELF_ST_BIND(symbol.st_info) == STB_LOCAL)
            continue; /* labels */
        ALLOC_GROW(m->entries, m->entry_count, m->entry_capacity);
        m->entries[m->entry_count++] = (struct entry){address, symbol.st_size, name, GELF_ST_BIND(symbol.st_info) == STB_GLOBAL};
    }
    if (m->entry_count > 0)
        qsort(m->entries, m->entry_count, sizeof *m->entries, compare_entries);
}

static const char *symtab_name(struct symbols_module *m, uint64_t address)
{
    if (!m->symtab_read)
        read_symtab(m);
    uint32_t low = 0;
    uint32_t high = m->entry_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (m->entries[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct entry *e = &m->entries[low - 1];
    return address - e->address < (e->size ? e->size : UNSIZED_MAX) ? e->name : NULL;
}

size_t symbols_resolve(struct symbols_module *m, uint64_t address, struct symbol ret[SYMBOLS_INLINE_MAX])
{
    ret[0] = (struct symbol){.language = "c"};
    if (m->state != SYMBOLS_READ)
        return 1;
    size_t count = m->index ? dwarf_index_resolve(m->index, address - m->dwarf_bias, ret) : 0;
    if (count > 0)
        return count;
    const char *name = symtab_name(m, address);
    size_t length = name ? strcspn(name, "@") : 0; /* behind it a version: __libc_start_main@@GLIBC_2.34 */
    name = length > 0 ? text_intern(m->pool, name, length) : name;
    ret[0] = (struct symbol){.function = demangle(m->pool, name), .language = demangle_language(name)};
    return 1;
}

void symbols_destroy(struct symbols *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->count; i++) {
        dwarf_index_destroy(s->modules[i]->index);
        if (s->modules[i]->dwfl)
            dwfl_end(s->modules[i]->dwfl);
        free(s->modules[i]->entries);
        free(s->modules[i]);
    }
    free(s->modules);
    map_finish(&s->map);
    free(s);
}
