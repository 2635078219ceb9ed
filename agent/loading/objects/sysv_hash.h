/* Names in the symbol table of a loaded object, by its DT_HASH: how many buckets and symbols there are, buckets, and for each
 * symbol the next of its chain (System V ABI, chapter 5, "Hash Table"). What has no DT_GNU_HASH has this: libjvm of Temurin 11.
 * Pure. */
#ifndef NPLUS1_AGENT_LOADING_OBJECTS_SYSV_HASH_H
#define NPLUS1_AGENT_LOADING_OBJECTS_SYSV_HASH_H

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint32_t sysv_hash_of(const char *name)
{
    uint32_t hash = 0, high;

    for (; *name; name++) {
        hash = (hash << 4) + (unsigned char)*name;
        high = hash & 0xf0000000;
        hash = (hash ^ high >> 24) & ~high;
    }
    return hash;
}

/* The first symbol that the object defines under a name; NULL: none. */
static inline const ElfW(Sym) *
    sysv_hash_find(const uint32_t *table, const ElfW(Sym) * symbols, const char *strings, const char *name)
{
    uint32_t buckets = table[0], count = table[1], left = count;

    if (!buckets)
        return NULL;
    for (uint32_t i = table[2 + sysv_hash_of(name) % buckets]; i && i < count && left--; i = table[2 + buckets + i]) {
        if (symbols[i].st_shndx != SHN_UNDEF && strcmp(strings + symbols[i].st_name, name) == 0)
            return &symbols[i];
    }
    return NULL;
}

#endif
