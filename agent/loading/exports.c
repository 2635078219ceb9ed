#include "agent/loading/exports.h"

#include <link.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/base/compiler.h"
#include "agent/loading/object.h"
#include "agent/loading/resolve.h"
#include "agent/loading/sysv_hash.h"

struct wanted {
    const char *name;
    uint32_t hash;
    const struct resolve_object *in, *but; /* NULL: any; none */
    struct resolve_object self;
    void *found;
};

static bool is_exported(const ElfW(Sym) * symbol)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info), binding = ELF64_ST_BIND(symbol->st_info);

    return symbol->st_value && (binding == STB_GLOBAL || binding == STB_WEAK) &&
           (type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE);
}

/* An object without DT_GNU_HASH. */
static COLD const ElfW(Sym) * look_up_old(const ElfW(Dyn) * dynamic, const struct object *object, const char *name)
{
    for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
        if (dynamic->d_tag == DT_HASH && object->names.symbols && object->names.strings)
            return sysv_hash_find(object_absolute(object->base, dynamic->d_un.d_ptr), object->names.symbols,
                                  object->names.strings, name);
    }
    return NULL;
}

static void *look_up(uintptr_t base, const ElfW(Dyn) * dynamic, const struct wanted *wanted)
{
    const ElfW(Sym) * symbol;
    struct object object;

    if (object_read(base, dynamic, &object))
        symbol = gnu_hash_find(&object.names, wanted->name, wanted->hash);
    else
        symbol = look_up_old(dynamic, &object, wanted->name);
    return symbol && is_exported(symbol) ? (void *)(base + symbol->st_value) : NULL;
}

static bool is_at(const struct resolve_object *object, uintptr_t address)
{
    return address >= object->start && address < object->end;
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
    if (!dynamic || is_at(&wanted->self, start) || (wanted->in && !is_at(wanted->in, start)) ||
        (wanted->but && is_at(wanted->but, start)))
        return 0;
    wanted->found = look_up(object->dlpi_addr, dynamic, wanted);
    return wanted->found != NULL;
}

static void *find(const char *name, const struct resolve_object *in, const struct resolve_object *but)
{
    struct wanted wanted = {.name = name, .hash = gnu_hash_of(name), .in = in, .but = but};

    if (!resolve_object_at((uintptr_t)&find, &wanted.self))
        return NULL;
    dl_iterate_phdr(visit, &wanted);
    return wanted.found;
}

void *exports_find(const char *name)
{
    return find(name, NULL, NULL);
}

void *exports_find_in(const char *name, uintptr_t address)
{
    struct resolve_object object;

    return resolve_object_at(address, &object) ? find(name, &object, NULL) : NULL;
}

void *exports_find_but(const char *name, const struct resolve_object *but)
{
    return find(name, NULL, but);
}
