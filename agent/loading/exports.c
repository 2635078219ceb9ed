#include "agent/loading/exports.h"

#include <elf.h>
#include <gnu/libc-version.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>

#include "agent/loading/objects/known.h"
#include "agent/loading/resolve.h"

struct wanted {
    const char *name;
    uint32_t hash;
    const struct resolve_object *in, *but; /* NULL: any; none */
    void *found;
};

static bool is_at(const struct resolve_object *object, uintptr_t address)
{
    return address >= object->start && address < object->end;
}

static bool ask(const struct known_object *object, void *argument)
{
    struct wanted *wanted = argument;
    const ElfW(Sym) * symbol;

    if ((wanted->in && !is_at(wanted->in, object->start)) || (wanted->but && is_at(wanted->but, object->start)))
        return false;
    symbol = known_symbol(object, wanted->name, wanted->hash);
    wanted->found = symbol && known_is_exported(symbol) ? (void *)(object->base + symbol->st_value) : NULL;
    return wanted->found != NULL;
}

static void *find(const char *name, const struct resolve_object *in, const struct resolve_object *but)
{
    struct wanted wanted = {.name = name, .hash = gnu_hash_of(name), .in = in, .but = but};

    known_visit(ask, &wanted);
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

static bool ask_libc(const struct known_object *object, void *argument)
{
    struct wanted *wanted = argument;
    const ElfW(Sym) * symbol;

    if (!is_at(wanted->in, object->start))
        return false;
    symbol = known_symbol(object, wanted->name, wanted->hash);
    if (symbol && known_is_exported(symbol))
        wanted->found = (void *)(object->base + symbol->st_value);
    else if (symbol && ELF64_ST_TYPE(symbol->st_info) == STT_GNU_IFUNC)
        wanted->found = ((void *(*)(void))(object->base + symbol->st_value))();
    return true;
}

void *exports_of_libc(const char *name)
{
    struct resolve_object libc;
    struct wanted wanted = {.name = name, .hash = gnu_hash_of(name), .in = &libc};

    if (resolve_object_at((uintptr_t)gnu_get_libc_version, &libc))
        known_visit(ask_libc, &wanted);
    return wanted.found;
}
