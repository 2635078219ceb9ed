#include "agent/loading/absent.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/base/lock.h"
#include "agent/base/system.h"
#include "agent/loading/bindings.h"
#include "agent/loading/objects/known.h"
#include "agent/loading/objects/object.h"

#define SYMBOLS_MAX 1024
#define OWNERS_MAX  8 /* objects that have a library's functions */

extern struct r_debug _r_debug __attribute__((weak)); /* ld.so: what is loaded */

bool absent_is_hidden WRITTEN_AT_START;

static ElfW(Addr) values[SYMBOLS_MAX]; /* of hidden symbols, 0: visible */
static struct lock lock;

static bool has(const struct object *object, const char *name, uint32_t hash)
{
    return gnu_hash_find(&object->names, name, hash) != NULL;
}

static bool is_question(const struct object *object, const ElfW(Sym) * symbol)
{
    return object_is_question(symbol) && object_is_of_client(object->names.strings + symbol->st_name);
}

/* Whether the object asks for some client's function. Names that it does not have itself stand before those of its table; where
 * that has none, binutils says that it begins with the first (bfd/elflink.c), and only its references tell. */
static bool asks(const struct object *object)
{
    for (unsigned table = 0; table < 2 && object->names.table->first_symbol <= 1; table++) {
        for (size_t i = object_first_relocation(object, table); i < object->relocation_counts[table]; i++) {
            const ElfW(Sym) *symbol = object_reference(object, &object->relocations[table][i]);
            if (symbol && is_question(object, symbol))
                return true;
        }
    }
    for (uint32_t i = 1; i < object->names.table->first_symbol; i++) {
        if (is_question(object, &object->names.symbols[i]))
            return true;
    }
    return false;
}

/* References that were bound to a function which is hidden now: relocated data is read-only by now, in part. */
static void forget_references(const struct object *object, const struct object *self, uint32_t end)
{
    for (unsigned table = 0; table < 2 && asks(object); table++) {
        for (size_t i = object_first_relocation(object, table); i < object->relocation_counts[table]; i++) {
            const ElfW(Rela) *relocation = &object->relocations[table][i];
            const ElfW(Sym) *symbol = object_reference(object, relocation);
            uintptr_t *place = object_place(object, relocation);

            if (!symbol || ELF64_R_TYPE(relocation->r_info) == R_X86_64_JUMP_SLOT || !is_question(object, symbol))
                continue;
            for (uint32_t k = self->names.table->first_symbol; k < end; k++) {
                if (values[k] && *place == self->base + values[k])
                    object_bind(object, place, object_stored(relocation, 0));
            }
        }
    }
}

/* Made writable before they are written. */
static ElfW(Sym) * own_symbols(const struct object *self)
{
    return (ElfW(Sym) *)(uintptr_t)self->names.symbols;
}

static bool is_absent(const struct object *self, uint32_t number, const struct object *owners, size_t owner_count)
{
    const char *name = self->names.strings + self->names.symbols[number].st_name;
    uint32_t hash;

    if (!object_is_of_client(name))
        return false;
    hash = gnu_hash_of(name);
    for (size_t i = 0; i < owner_count; i++) {
        if (has(&owners[i], name, hash))
            return false;
    }
    return true;
}

static void hide(const struct object *self, const struct object *owners, size_t owner_count)
{
    uint32_t end = gnu_hash_end(&self->names);
    ElfW(Sym) *symbols = own_symbols(self);

    if (end > SYMBOLS_MAX || !object_protect(symbols, symbols + end, PROT_READ | PROT_WRITE))
        return;
    for (uint32_t i = self->names.table->first_symbol; i < end; i++) {
        if (!is_absent(self, i, owners, owner_count))
            continue;
        values[i] = symbols[i].st_value;
        symbols[i].st_value = 0; /* the loader passes over it */
    }
    object_protect(symbols, symbols + end, PROT_READ);
    absent_is_hidden = true;
}

/* Whether there is something to hide, and somebody who would find it. What is loaded later is looked at by then. */
static bool is_some_absent(const struct object *self, const struct object *owners, size_t owner_count)
{
    uint32_t end = gnu_hash_end(&self->names);

    for (uint32_t i = self->names.table->first_symbol; i < end; i++) {
        if (is_absent(self, i, owners, owner_count))
            return true;
    }
    return false;
}

__attribute__((unused)) static void look_around(void)
{
    struct object self = {0}, object, owners[OWNERS_MAX];
    const uint32_t of_sqlite = gnu_hash_of("sqlite3_step"), of_pq = gnu_hash_of("PQgetResult");
    const struct link_map *behind = NULL;
    bool some_ask = false;
    size_t count = 0;

    if (!&_r_debug)
        return;
    for (const struct link_map *map = _r_debug.r_map; map; map = map->l_next) {
        known_first_count++;
        if (!object_read(map->l_addr, map->l_ld, &object)) {
            some_ask = true; /* nobody knows */
            continue;
        }
        if (map->l_ld == _DYNAMIC) {
            self = object;
            behind = map->l_next;
            continue;
        }
        if (count < OWNERS_MAX && (has(&object, "sqlite3_step", of_sqlite) || has(&object, "PQgetResult", of_pq)))
            owners[count++] = object;
        some_ask = some_ask || asks(&object);
    }
    if (!self.base || count == OWNERS_MAX || !is_some_absent(&self, owners, count))
        return;
    bindings_of_all = true;
    if (!some_ask)
        return; /* most programs: two system calls and two pages of our own for each of them */
    hide(&self, owners, count);
    for (const struct link_map *map = behind; map && absent_is_hidden; map = map->l_next) {
        const ElfW(Ehdr) *file = (const ElfW(Ehdr) *)map->l_addr;
        if (!object_read(map->l_addr, map->l_ld, &object) || memcmp(file->e_ident, ELFMAG, SELFMAG) != 0)
            continue;
        object_read_segments(&object, (const ElfW(Phdr) *)(map->l_addr + file->e_phoff), file->e_phnum);
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
        if (map->l_ld != _DYNAMIC || !object_read(map->l_addr, map->l_ld, &self))
            continue;
        end = gnu_hash_end(&self.names);
        symbols = own_symbols(&self);
        if (!object_protect(symbols, symbols + end, PROT_READ | PROT_WRITE))
            break;
        for (uint32_t i = self.names.table->first_symbol; i < end; i++) {
            if (values[i])
                symbols[i].st_value = values[i];
        }
        object_protect(symbols, symbols + end, PROT_READ);
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
