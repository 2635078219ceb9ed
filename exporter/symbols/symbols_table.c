/* Stands in for symbols.c where libdw is not there: functions from symbol tables, no lines, nothing of what was inlined. */
#include "exporter/symbols/symbols.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/hash.h"
#include "exporter/symbols/build_id.h"
#include "exporter/symbols/demangle.h"

#define UNSIZED_MAX  4096 /* bytes that a function written in assembler, which states no size, may have */
#define SYMBOLS_MAX  (4 << 20)
#define SECTIONS_MAX 65536

struct entry {
    uint64_t address, size;
    const char *name; /* in the ELF file's memory */
};

struct symbols_module {
    const char *path;
    struct text_pool *pool;
    enum symbols_state state;
    int fd;
    Elf *elf;
    bool is_whole; /* not stripped */
    struct entry *entries;
    uint32_t entry_count, entry_capacity;
};

struct symbols {
    struct text_pool *pool;
    struct map map;
    struct symbols_module **modules;
    uint32_t count, capacity;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if ((x->size > 0) != (y->size > 0))
        return x->size > 0 ? 1 : -1; /* the last one at an address is taken */
    return -strcmp(x->name, y->name);
}

static void read_table(struct symbols_module *m, Elf_Scn *section, const GElf_Shdr *header)
{
    Elf_Data *data = elf_getdata(section, NULL);
    size_t size = data ? gelf_fsize(m->elf, ELF_T_SYM, 1, EV_CURRENT) : 0, count = size ? data->d_size / size : 0;
    GElf_Sym symbol;

    for (size_t i = 1; i < count && i < SYMBOLS_MAX; i++) {
        const char *name = gelf_getsym(data, (int)i, &symbol) ? elf_strptr(m->elf, header->sh_link, symbol.st_name) : NULL;
        int type = GELF_ST_TYPE(symbol.st_info);

        if (!name || !name[0] || symbol.st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_GNU_IFUNC))
            continue;
        ALLOC_GROW(m->entries, m->entry_count, m->entry_capacity);
        m->entries[m->entry_count++] = (struct entry){symbol.st_value, symbol.st_size, name};
    }
}

static void read_tables(struct symbols_module *m)
{
    GElf_Shdr header;
    size_t sections = 0;

    for (Elf_Scn *section = NULL; sections++ < SECTIONS_MAX && (section = elf_nextscn(m->elf, section));) {
        if (!gelf_getshdr(section, &header) || (header.sh_type != SHT_SYMTAB && header.sh_type != SHT_DYNSYM))
            continue;
        m->is_whole = m->is_whole || header.sh_type == SHT_SYMTAB;
        read_table(m, section, &header);
    }
    if (m->entry_count > 0)
        qsort(m->entries, m->entry_count, sizeof *m->entries, compare_entries);
}

static void open_module(struct symbols_module *m, const void *build_id, size_t build_id_length)
{
    struct stat st;
    const void *id = NULL;

    m->state = SYMBOLS_MISSING;
    m->fd = open(m->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (m->fd < 0 || fstat(m->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    elf_version(EV_CURRENT);
    m->elf = elf_begin(m->fd, ELF_C_READ_MMAP, NULL);
    if (!m->elf || elf_kind(m->elf) != ELF_K_ELF)
        return;
    if (build_id_length > 0 && (build_id_find(m->elf, &id) != build_id_length || memcmp(id, build_id, build_id_length) != 0)) {
        m->state = SYMBOLS_CHANGED;
        return;
    }
    m->state = SYMBOLS_READ;
    read_tables(m);
}

struct symbols *symbols_create(struct text_pool *pool)
{
    struct symbols *s = alloc_zeroed(1, sizeof *s);

    s->pool = pool;
    return s;
}

struct symbols_module *symbols_module(struct symbols *s, const char *path, const void *build_id, size_t build_id_length)
{
    bool added;

    path = text_intern_string(s->pool, path ? path : "");
    uint64_t key = hash_mix((uint64_t)(uintptr_t)path, hash_bytes(build_id, build_id_length, 0));
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

/* Readers take what has lines for the program's own code; packages strip theirs, so a whole symbol table tells as much. */
bool symbols_module_has_lines(const struct symbols_module *module)
{
    return module->is_whole;
}

static const char *name_at(const struct symbols_module *m, uint64_t address)
{
    uint32_t low = 0, high = m->entry_count;

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
    const char *name = m->state == SYMBOLS_READ ? name_at(m, address) : NULL;

    ret[0] = (struct symbol){.function = demangle(m->pool, name), .language = demangle_language(name)};
    return 1;
}

void symbols_destroy(struct symbols *s)
{
    if (!s)
        return;
    for (uint32_t i = 0; i < s->count; i++) {
        elf_end(s->modules[i]->elf);
        if (s->modules[i]->fd >= 0)
            close(s->modules[i]->fd);
        free(s->modules[i]->entries);
        free(s->modules[i]);
    }
    free(s->modules);
    map_finish(&s->map);
    free(s);
}
