/* What the dynamic section of a loaded object says: names and relocations. Pure: works while the agent is not relocated yet. */
#ifndef NPLUS1_AGENT_LOADING_OBJECTS_OBJECT_H
#define NPLUS1_AGENT_LOADING_OBJECTS_OBJECT_H

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/base/system.h"
#include "agent/loading/objects/gnu_hash.h"

#define OBJECT_PAGE ((uintptr_t)4096)

struct object {
    uintptr_t base;
    struct gnu_hash names;
    const ElfW(Rela) * relocations[2]; /* of data, of calls; NULL: none */
    size_t relocation_counts[2];
    size_t relative;                    /* of data: the first ones, which name nothing (DT_RELACOUNT) */
    uintptr_t sealed_start, sealed_end; /* read-only since it was relocated; see object_read_segments */
};

/* The loader makes addresses absolute where it may write; not so where the section is read-only, as the vDSO's. */
static inline const void *object_absolute(uintptr_t base, ElfW(Addr) address)
{
    return (const void *)(address < base ? base + address : address);
}

/* False: it has no table of names by hash. */
static inline bool object_read(uintptr_t base, const ElfW(Dyn) * dynamic, struct object *ret)
{
    *ret = (struct object){.base = base};
    for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
        const void *address = object_absolute(base, dynamic->d_un.d_ptr);
        size_t value = dynamic->d_un.d_val;
        switch (dynamic->d_tag) {
        case DT_SYMTAB:
            ret->names.symbols = address;
            break;
        case DT_STRTAB:
            ret->names.strings = address;
            break;
        case DT_GNU_HASH:
            ret->names.table = address;
            break;
        case DT_RELA:
            ret->relocations[0] = address;
            break;
        case DT_RELASZ:
            ret->relocation_counts[0] = value / sizeof(ElfW(Rela));
            break;
        case DT_RELACOUNT:
            ret->relative = value;
            break;
        case DT_JMPREL:
            ret->relocations[1] = address;
            break;
        case DT_PLTRELSZ:
            ret->relocation_counts[1] = value / sizeof(ElfW(Rela));
            break;
        default:
            break;
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        if (!ret->relocations[i])
            ret->relocation_counts[i] = 0;
    }
    if (ret->relative > ret->relocation_counts[0])
        ret->relative = ret->relocation_counts[0];
    return ret->names.symbols && ret->names.strings && ret->names.table;
}

static inline void object_read_segments(struct object *object, const ElfW(Phdr) * segments, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (segments[i].p_type == PT_GNU_RELRO) {
            object->sealed_start = (object->base + segments[i].p_vaddr) & ~(OBJECT_PAGE - 1);
            object->sealed_end = (object->base + segments[i].p_vaddr + segments[i].p_memsz) & ~(OBJECT_PAGE - 1);
        }
    }
}

/* A reference by name, which another object may stand in for; NULL: the relocation is of another kind. */
static inline const ElfW(Sym) * object_reference(const struct object *object, const ElfW(Rela) * relocation)
{
    const ElfW(Sym) *symbol = &object->names.symbols[ELF64_R_SYM(relocation->r_info)];
    unsigned type = ELF64_R_TYPE(relocation->r_info);

    return (type == R_X86_64_GLOB_DAT || type == R_X86_64_JUMP_SLOT || type == R_X86_64_64) && symbol->st_name ? symbol : NULL;
}

/* Where those of a table begin that may be references. */
static inline size_t object_first_relocation(const struct object *object, unsigned table)
{
    return table == 0 ? object->relative : 0;
}

/* One to a name that the object does not have itself, and can do without. */
static inline bool object_is_question(const ElfW(Sym) * symbol)
{
    return symbol->st_shndx == SHN_UNDEF && ELF64_ST_BIND(symbol->st_info) == STB_WEAK;
}

/* What is stored for a reference to `address`. */
static inline uintptr_t object_stored(const ElfW(Rela) * relocation, uintptr_t address)
{
    return address + (ELF64_R_TYPE(relocation->r_info) == R_X86_64_64 ? (uintptr_t)relocation->r_addend : 0);
}

static inline bool object_protect(const void *from, const void *to, int protection)
{
    uintptr_t start = (uintptr_t)from & ~(OBJECT_PAGE - 1), end = ((uintptr_t)to + OBJECT_PAGE - 1) & ~(OBJECT_PAGE - 1);

    return system_call(SYS_mprotect, (long)start, (long)(end - start), protection, 0, 0) == 0;
}

/* One aligned store: whoever calls through it meanwhile gets what was there, or what is there now. */
static inline void object_bind(const struct object *object, uintptr_t *place, uintptr_t value)
{
    bool is_sealed = (uintptr_t)place >= object->sealed_start && (uintptr_t)place < object->sealed_end;

    if (is_sealed && !object_protect(place, place + 1, PROT_READ | PROT_WRITE))
        return;
    __atomic_store_n(place, value, __ATOMIC_RELEASE);
    if (is_sealed)
        object_protect(place, place + 1, PROT_READ);
}

static inline uintptr_t *object_place(const struct object *object, const ElfW(Rela) * relocation)
{
    return (uintptr_t *)(object->base + relocation->r_offset);
}

/* Functions of database clients that are looked for by weak references. */
static inline bool object_is_of_client(const char *name)
{
    return (name[0] == 's' && name[1] == 'q' && strncmp(name, "sqlite3_", 8) == 0) || (name[0] == 'P' && name[1] == 'Q');
}

#endif
