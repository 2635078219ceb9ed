#include "agent/loading/exports.h"

#include <link.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/loading/gnu_hash.h"
#include "agent/loading/resolve.h"

struct wanted {
    const char *name;
    uint32_t hash;
    const struct resolve_object *in; /* NULL: any */
    struct resolve_object self;
    void *found;
};

/* glibc turns these addresses into absolute ones where it may write; the vDSO's stay as they are. */
static const void *absolute(const struct dl_phdr_info *object, ElfW(Addr) address)
{
    return (const void *)(address < object->dlpi_addr ? address + object->dlpi_addr : address);
}

static bool is_exported(const ElfW(Sym) * symbol)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info), binding = ELF64_ST_BIND(symbol->st_info);

    return symbol->st_value && (binding == STB_GLOBAL || binding == STB_WEAK) &&
           (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE);
}

static void *look_up(const struct dl_phdr_info *object, const ElfW(Dyn) * dynamic, const struct wanted *wanted)
{
    struct gnu_hash names = {0};
    const ElfW(Sym) * symbol;

    for (; dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_GNU_HASH)
            names.table = absolute(object, dynamic->d_un.d_ptr);
        else if (dynamic->d_tag == DT_SYMTAB)
            names.symbols = absolute(object, dynamic->d_un.d_ptr);
        else if (dynamic->d_tag == DT_STRTAB)
            names.strings = absolute(object, dynamic->d_un.d_ptr);
    }
    if (!names.table || !names.symbols || !names.strings)
        return NULL;
    symbol = gnu_hash_find(&names, wanted->name, wanted->hash);
    return symbol && is_exported(symbol) ? (void *)(object->dlpi_addr + symbol->st_value) : NULL;
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
    struct wanted wanted = {.name = name, .hash = gnu_hash_of(name), .in = in};

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
