#include "agent/loading/exports.h"

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "agent/loading/resolve.h"

struct wanted {
    const char *name;
    uint32_t hash;
    const struct resolve_object *in; /* NULL: any */
    struct resolve_object self;
    void *found;
};

/* DT_GNU_HASH: four numbers, a Bloom filter, buckets, and chains of hashes that the upper part of the symbol table is sorted by.
 * No specification; binutils bfd/elflink.c writes it, glibc elf/dl-lookup.c reads it. */
struct hash_table {
    uint32_t buckets, first_symbol, filter_words, filter_shift;
};

static uint32_t hash_of(const char *name)
{
    uint32_t hash = 5381;

    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash;
}

/* glibc turns these addresses into absolute ones where it may write; the vDSO's stay as they are. */
static const void *absolute(const struct dl_phdr_info *object, ElfW(Addr) address)
{
    return (const void *)(address < object->dlpi_addr ? address + object->dlpi_addr : address);
}

static bool is_defined(const ElfW(Sym) * symbol)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info), binding = ELF64_ST_BIND(symbol->st_info);

    return symbol->st_shndx != SHN_UNDEF && symbol->st_value && (binding == STB_GLOBAL || binding == STB_WEAK) &&
           (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE);
}

static void *look_up(const struct dl_phdr_info *object, const ElfW(Dyn) * dynamic, const struct wanted *wanted)
{
    const struct hash_table *table = NULL;
    const ElfW(Sym) *symbols = NULL;
    const char *strings = NULL;
    const uint64_t *filter;
    const uint32_t *buckets, *chain;
    uint32_t index;

    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_GNU_HASH)
            table = absolute(object, dynamic->d_un.d_ptr);
        else if (dynamic->d_tag == DT_SYMTAB)
            symbols = absolute(object, dynamic->d_un.d_ptr);
        else if (dynamic->d_tag == DT_STRTAB)
            strings = absolute(object, dynamic->d_un.d_ptr);
    }
    if (!table || !symbols || !strings || !table->buckets || !table->filter_words)
        return NULL;
    filter = (const uint64_t *)(const void *)(table + 1);
    buckets = (const uint32_t *)(const void *)(filter + table->filter_words);
    chain = buckets + table->buckets;
    if (!(filter[wanted->hash / 64 % table->filter_words] >> wanted->hash % 64 & 1) ||
        !(filter[wanted->hash / 64 % table->filter_words] >> (wanted->hash >> table->filter_shift) % 64 & 1))
        return NULL;
    index = buckets[wanted->hash % table->buckets];
    if (index < table->first_symbol)
        return NULL;
    for (;; index++) {
        uint32_t hash = chain[index - table->first_symbol];
        const ElfW(Sym) *symbol = &symbols[index];
        if ((hash | 1) == (wanted->hash | 1) && is_defined(symbol) && strcmp(strings + symbol->st_name, wanted->name) == 0)
            return (void *)(object->dlpi_addr + symbol->st_value);
        if (hash & 1) /* the last of its chain */
            return NULL;
    }
}

static int visit(struct dl_phdr_info *object, size_t size, void *argument)
{
    struct wanted *wanted = argument;
    const ElfW(Dyn) *dynamic = NULL;
    uintptr_t start = 0;

    (void)size;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type == PT_DYNAMIC)
            dynamic = (const void *)(object->dlpi_addr + segment->p_vaddr);
        else if (segment->p_type == PT_LOAD && !start)
            start = object->dlpi_addr + segment->p_vaddr;
    }
    if (!dynamic || (start >= wanted->self.start && start < wanted->self.end) ||
        (wanted->in && (start < wanted->in->start || start >= wanted->in->end)))
        return 0;
    wanted->found = look_up(object, dynamic, wanted);
    return wanted->found != NULL;
}

static void *find(const char *name, const struct resolve_object *in)
{
    struct wanted wanted = {.name = name, .hash = hash_of(name), .in = in};

    if (!resolve_object_at((uintptr_t)&find, &wanted.self))
        return NULL;
    dl_iterate_phdr(visit, &wanted);
    return wanted.found;
}

void *exports_find(const char *name)
{
    return find(name, NULL);
}

void *exports_find_in(const char *name, uintptr_t address)
{
    struct resolve_object object;

    return resolve_object_at(address, &object) ? find(name, &object) : NULL;
}
