/* Names in the symbol table of a loaded object, by its DT_GNU_HASH: four numbers, a Bloom filter, buckets, and chains of hashes
 * that the upper part of the symbol table is sorted by. No specification; binutils bfd/elflink.c writes it, glibc elf/dl-lookup.c
 * reads it. Pure: works while the agent itself is not relocated yet. */
#ifndef NPLUS1_AGENT_LOADING_OBJECTS_GNU_HASH_H
#define NPLUS1_AGENT_LOADING_OBJECTS_GNU_HASH_H

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct gnu_hash_table {
    uint32_t buckets, first_symbol, filter_words, filter_shift;
};

struct gnu_hash {
    const struct gnu_hash_table *table;
    const ElfW(Sym) * symbols;
    const char *strings;
};

static inline const uint64_t *gnu_hash_filter(const struct gnu_hash *h)
{
    return (const uint64_t *)(const void *)(h->table + 1);
}

static inline const uint32_t *gnu_hash_buckets(const struct gnu_hash *h)
{
    return (const uint32_t *)(const void *)(gnu_hash_filter(h) + h->table->filter_words);
}

/* Of the symbol with that number: its hash, of which the lowest bit says that it is the last of its chain. */
static inline uint32_t gnu_hash_chain(const struct gnu_hash *h, uint32_t symbol)
{
    return gnu_hash_buckets(h)[h->table->buckets + symbol - h->table->first_symbol];
}

static inline uint32_t gnu_hash_of(const char *name)
{
    uint32_t hash = 5381;

    for (; *name; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash;
}

/* False: no name of that hash is there, which takes a tenth of looking it up. */
static inline bool gnu_hash_may_have(const struct gnu_hash *h, uint32_t hash)
{
    uint32_t words = h->table->filter_words; /* a power of two, as the loader takes it */
    uint64_t word = words ? gnu_hash_filter(h)[hash / 64 & (words - 1)] : 0;

    return word >> hash % 64 & word >> (hash >> h->table->filter_shift) % 64 & 1;
}

/* The first symbol that the object defines under a name, whose hash is given; NULL: none. */
static inline const ElfW(Sym) * gnu_hash_find(const struct gnu_hash *h, const char *name, uint32_t hash)
{
    uint32_t i;

    if (!gnu_hash_may_have(h, hash) || !h->table->buckets)
        return NULL;
    for (i = gnu_hash_buckets(h)[hash % h->table->buckets]; i >= h->table->first_symbol; i++) {
        const ElfW(Sym) *symbol = &h->symbols[i];
        if (((gnu_hash_chain(h, i) ^ hash) >> 1) == 0 && symbol->st_shndx != SHN_UNDEF &&
            strcmp(h->strings + symbol->st_name, name) == 0)
            return symbol;
        if (gnu_hash_chain(h, i) & 1)
            break;
    }
    return NULL;
}

/* One behind the number of the last symbol that is in it; 0: there is none. */
static inline uint32_t gnu_hash_end(const struct gnu_hash *h)
{
    uint32_t last = 0;

    for (uint32_t i = 0; i < h->table->buckets; i++)
        last = gnu_hash_buckets(h)[i] > last ? gnu_hash_buckets(h)[i] : last;
    while (last && !(gnu_hash_chain(h, last) & 1))
        last++;
    return last ? last + 1 : 0;
}

#endif
