#include "agent/loading/absent.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/base/lock.h"
#include "agent/base/system.h"
#include "agent/loading/gnu_hash.h"

#define PAGE        ((uintptr_t)4096)
#define SYMBOLS_MAX 1024
#define OWNERS_MAX  8 /* objects that have a library's functions */

struct object {
    const struct link_map *map;
    struct gnu_hash names;
    const ElfW(Rela) * relocations[2];
    size_t relocation_sizes[2]; /* bytes */
};

extern struct r_debug _r_debug __attribute__((weak)); /* ld.so: what is loaded */

bool absent_is_hidden;

static ElfW(Addr) values[SYMBOLS_MAX]; /* of hidden symbols, 0: visible */
static struct lock lock;

/* The loader has made addresses of most values; not so where the section is read-only. */
static const void *address_of(const struct link_map *map, const ElfW(Dyn) * entry)
{
    return (const void *)(entry->d_un.d_ptr < map->l_addr ? map->l_addr + entry->d_un.d_ptr : entry->d_un.d_ptr);
}

static bool read_object(const struct link_map *map, struct object *ret)
{
    *ret = (struct object){.map = map};
    for (const ElfW(Dyn) *entry = map->l_ld; entry && entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_SYMTAB)
            ret->names.symbols = address_of(map, entry);
        else if (entry->d_tag == DT_STRTAB)
            ret->names.strings = address_of(map, entry);
        else if (entry->d_tag == DT_GNU_HASH)
            ret->names.table = address_of(map, entry);
        else if (entry->d_tag == DT_RELA)
            ret->relocations[0] = address_of(map, entry);
        else if (entry->d_tag == DT_RELASZ)
            ret->relocation_sizes[0] = entry->d_un.d_val;
        else if (entry->d_tag == DT_JMPREL)
            ret->relocations[1] = address_of(map, entry);
        else if (entry->d_tag == DT_PLTRELSZ)
            ret->relocation_sizes[1] = entry->d_un.d_val;
    }
    return ret->names.symbols && ret->names.strings && ret->names.table;
}

static bool has(const struct object *object, const char *name)
{
    return gnu_hash_find(&object->names, name, gnu_hash_of(name)) != NULL;
}

static bool protect(const void *from, const void *to, int protection)
{
    uintptr_t start = (uintptr_t)from & ~(PAGE - 1), end = ((uintptr_t)to + PAGE - 1) & ~(PAGE - 1);

    return system_call(SYS_mprotect, (long)start, (long)(end - start), protection, 0, 0) == 0;
}

static bool is_of_a_library(const char *name)
{
    return strncmp(name, "sqlite3_", 8) == 0 || strncmp(name, "PQ", 2) == 0;
}

/* References that were bound to a function which is hidden now: relocated data is read-only by now, in part. */
static void forget_references(const struct object *object, const struct object *self, uint32_t end)
{
    for (unsigned table = 0; table < 2; table++) {
        size_t count = object->relocations[table] ? object->relocation_sizes[table] / sizeof(ElfW(Rela)) : 0;
        for (size_t i = 0; i < count; i++) {
            const ElfW(Rela) *relocation = &object->relocations[table][i];
            const ElfW(Sym) *symbol = &object->names.symbols[ELF64_R_SYM(relocation->r_info)];
            const char *name = object->names.strings + symbol->st_name;
            uintptr_t *slot = (uintptr_t *)(object->map->l_addr + relocation->r_offset);
            unsigned type = ELF64_R_TYPE(relocation->r_info);

            if ((type != R_X86_64_GLOB_DAT && type != R_X86_64_64) || symbol->st_shndx != SHN_UNDEF ||
                ELF64_ST_BIND(symbol->st_info) != STB_WEAK || !is_of_a_library(name))
                continue;
            for (uint32_t k = self->names.table->first_symbol; k < end; k++) {
                if (values[k] && *slot == self->map->l_addr + values[k] && protect(slot, slot + 1, PROT_READ | PROT_WRITE)) {
                    *slot = (uintptr_t)relocation->r_addend * (type == R_X86_64_64);
                    protect(slot, slot + 1, PROT_READ);
                }
            }
        }
    }
}

/* Made writable before they are written. */
static ElfW(Sym) * own_symbols(const struct object *self)
{
    return (ElfW(Sym) *)(uintptr_t)self->names.symbols;
}

static void hide(const struct object *self, const struct object *owners, size_t owner_count)
{
    uint32_t end = gnu_hash_end(&self->names);
    ElfW(Sym) *symbols = own_symbols(self);
    bool some = false;

    if (end > SYMBOLS_MAX || !protect(symbols, symbols + end, PROT_READ | PROT_WRITE))
        return;
    for (uint32_t i = self->names.table->first_symbol; i < end; i++) {
        const char *name = self->names.strings + symbols[i].st_name;
        bool there = !is_of_a_library(name);
        for (size_t k = 0; k < owner_count && !there; k++)
            there = has(&owners[k], name);
        if (there)
            continue;
        values[i] = symbols[i].st_value;
        symbols[i].st_value = 0; /* the loader passes over it */
        some = true;
    }
    protect(symbols, symbols + end, PROT_READ);
    absent_is_hidden = some;
}

__attribute__((unused)) static void look_around(void)
{
    struct object self = {0}, object, owners[OWNERS_MAX];
    size_t count = 0;

    if (!&_r_debug)
        return;
    for (const struct link_map *map = _r_debug.r_map; map; map = map->l_next) {
        if (!read_object(map, &object))
            continue;
        if (map->l_ld == _DYNAMIC)
            self = object;
        else if (count < OWNERS_MAX && (has(&object, "sqlite3_step") || has(&object, "PQgetResult")))
            owners[count++] = object;
    }
    if (!self.map || count == OWNERS_MAX)
        return;
    hide(&self, owners, count);
    for (const struct link_map *map = self.map->l_next; map && absent_is_hidden; map = map->l_next) {
        if (read_object(map, &object))
            forget_references(&object, &self, gnu_hash_end(&self.names));
    }
}

void absent_come_back(void)
{
    struct object self = {0};

    lock_take(&lock);
    for (const struct link_map *map = _r_debug.r_map; map && absent_is_hidden; map = map->l_next) {
        ElfW(Sym) * symbols;
        uint32_t end;
        if (map->l_ld != _DYNAMIC || !read_object(map, &self))
            continue;
        end = gnu_hash_end(&self.names);
        symbols = own_symbols(&self);
        if (!protect(symbols, symbols + end, PROT_READ | PROT_WRITE))
            break;
        for (uint32_t i = self.names.table->first_symbol; i < end; i++) {
            if (values[i])
                symbols[i].st_value = values[i];
        }
        protect(symbols, symbols + end, PROT_READ);
        break;
    }
    absent_is_hidden = false;
    lock_release(&lock);
}

/* The relocation whose resolver it is: the loader calls it when all others of ours are done. */
static void nothing(void)
{
}

static void (*resolve(void))(void)
{
#ifndef WITH_SANITIZER /* whose strcmp cannot be called yet */
    look_around();
#endif
    return nothing;
}

static void relocated(void) __attribute__((ifunc("resolve")));
__attribute__((used)) HIDDEN void (*const absent_relocated)(void) = relocated;
