#include "viewer/doctor/inside/hidden.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/patching/find.h"
#include "agent/patching/late/way.h"
#include "collectors/sqlite3/table.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000 /* Linux 4.17 */
#endif

#define PAGE         ((size_t)4096)
#define SPAN_MAX     ((size_t)4 << 30)
#define SEGMENTS_MAX 64

struct layout {
    int file;
    size_t file_size;
    ElfW(Ehdr) header;
    ElfW(Phdr) segments[SEGMENTS_MAX];
    uint8_t *memory;
    size_t span;
    uintptr_t base;
    struct image image;
};

static bool read_headers(struct layout *layout, const char *path)
{
    struct stat status;
    ssize_t size;

    layout->file = open(path, O_RDONLY | O_CLOEXEC);
    if (layout->file < 0 || fstat(layout->file, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    layout->file_size = (size_t)status.st_size;
    if (pread(layout->file, &layout->header, sizeof layout->header, 0) != (ssize_t)sizeof layout->header ||
        memcmp(layout->header.e_ident, ELFMAG, SELFMAG) != 0 || layout->header.e_ident[EI_CLASS] != ELFCLASS64 ||
        layout->header.e_machine != EM_X86_64 || layout->header.e_phnum > SEGMENTS_MAX ||
        layout->header.e_phentsize != sizeof layout->segments[0])
        return false;
    size = layout->header.e_phnum * (ssize_t)sizeof layout->segments[0];
    return pread(layout->file, layout->segments, (size_t)size, (off_t)layout->header.e_phoff) == size;
}

static bool is_sound(const struct layout *layout, const ElfW(Phdr) * segment)
{
    return segment->p_filesz <= segment->p_memsz && segment->p_memsz <= SPAN_MAX && segment->p_vaddr <= SPAN_MAX &&
           segment->p_offset <= layout->file_size && segment->p_filesz <= layout->file_size - segment->p_offset;
}

/* Where it is linked for, when it has to be there, else anywhere. */
static bool reserve(struct layout *layout)
{
    uintptr_t first = SPAN_MAX, end = 0;
    bool fixed = layout->header.e_type == ET_EXEC;

    for (size_t i = 0; i < layout->header.e_phnum; i++) {
        const ElfW(Phdr) *segment = &layout->segments[i];
        if (segment->p_type != PT_LOAD)
            continue;
        if (!is_sound(layout, segment))
            return false;
        first = segment->p_vaddr < first ? segment->p_vaddr : first;
        end = segment->p_vaddr + segment->p_memsz > end ? segment->p_vaddr + segment->p_memsz : end;
    }
    first &= ~(PAGE - 1);
    if (end <= first || end - first > SPAN_MAX || (fixed && first == 0)) /* nothing may lie at address 0 */
        return false;
    layout->span = end - first;
    layout->memory = mmap(fixed ? (void *)first : NULL, layout->span, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (fixed ? MAP_FIXED_NOREPLACE : 0), -1, 0);
    if (layout->memory == MAP_FAILED) {
        layout->memory = NULL;
        return false;
    }
    layout->base = (uintptr_t)layout->memory - first;
    return !fixed || layout->base == 0;
}

static bool read_segments(struct layout *layout)
{
    for (size_t i = 0; i < layout->header.e_phnum; i++) {
        const ElfW(Phdr) *segment = &layout->segments[i];
        if (segment->p_type == PT_LOAD && pread(layout->file, (void *)(layout->base + segment->p_vaddr), segment->p_filesz,
                                                (off_t)segment->p_offset) != (ssize_t)segment->p_filesz)
            return false;
    }
    return image_read(layout->base, layout->segments, layout->header.e_phnum, &layout->image);
}

/* What lies at an offset; NULL: it is not the module's, or not where such a thing may lie. */
static const void *at_offset(const struct layout *layout, uint64_t offset, size_t size)
{
    uintptr_t address = layout->base + offset;

    return address % sizeof(uint64_t) == 0 ? image_at(&layout->image, address, size) : NULL;
}

static uint64_t *place_of(const struct layout *layout, uint64_t offset)
{
    return (uint64_t *)(uintptr_t)at_offset(layout, offset, sizeof(uint64_t));
}

struct relocations {
    uint64_t rela, rela_size, relr, relr_size, symbols;
    bool is_symbolic;
};

static void read_dynamic(const struct layout *layout, struct relocations *ret)
{
    for (size_t i = 0; i < layout->header.e_phnum; i++) {
        const ElfW(Phdr) *segment = &layout->segments[i];
        if (segment->p_type != PT_DYNAMIC)
            continue;
        for (uint64_t at = 0; at + sizeof(ElfW(Dyn)) <= segment->p_memsz; at += sizeof(ElfW(Dyn))) {
            const ElfW(Dyn) *entry = at_offset(layout, segment->p_vaddr + at, sizeof *entry);
            if (!entry || entry->d_tag == DT_NULL)
                return;
            if (entry->d_tag == DT_RELA)
                ret->rela = entry->d_un.d_val;
            else if (entry->d_tag == DT_RELASZ)
                ret->rela_size = entry->d_un.d_val;
            else if (entry->d_tag == DT_RELR)
                ret->relr = entry->d_un.d_val;
            else if (entry->d_tag == DT_RELRSZ)
                ret->relr_size = entry->d_un.d_val;
            else if (entry->d_tag == DT_SYMTAB)
                ret->symbols = entry->d_un.d_val;
            else if (entry->d_tag == DT_SYMBOLIC || (entry->d_tag == DT_FLAGS && entry->d_un.d_val & DF_SYMBOLIC))
                ret->is_symbolic = true;
        }
    }
}

/* The bytes of a table that may be read: all or, when it is said to reach further than the file does, none. A loader would not go
 * on. */
static uint64_t size_of_table(const struct layout *layout, uint64_t offset, uint64_t size)
{
    return size <= layout->file_size && at_offset(layout, offset, size) ? size : 0;
}

/* Addresses in the module's data; names that the module does not keep to itself are another's as far as we know. */
static void relocate(const struct layout *layout)
{
    struct relocations r = {0};

    read_dynamic(layout, &r);
    r.rela_size = size_of_table(layout, r.rela, r.rela_size);
    r.relr_size = size_of_table(layout, r.relr, r.relr_size);
    for (uint64_t at = 0; at + sizeof(ElfW(Rela)) <= r.rela_size; at += sizeof(ElfW(Rela))) {
        const ElfW(Rela) *relocation = at_offset(layout, r.rela + at, sizeof *relocation);
        uint64_t *place = relocation ? place_of(layout, relocation->r_offset) : NULL;
        if (!place)
            continue;
        if (ELF64_R_TYPE(relocation->r_info) == R_X86_64_RELATIVE)
            *place = layout->base + (uint64_t)relocation->r_addend;
        else if (ELF64_R_TYPE(relocation->r_info) == R_X86_64_64 && r.is_symbolic) {
            const ElfW(Sym) *symbol = at_offset(layout, r.symbols + ELF64_R_SYM(relocation->r_info) * sizeof *symbol,
                                                sizeof *symbol);
            if (symbol && symbol->st_shndx != SHN_UNDEF)
                *place = layout->base + symbol->st_value + (uint64_t)relocation->r_addend;
        }
    }
    for (uint64_t at = 0, where = 0; at + sizeof(uint64_t) <= r.relr_size; at += sizeof(uint64_t)) {
        const uint64_t *entry = at_offset(layout, r.relr + at, sizeof *entry);
        uint64_t *place;
        if (!entry)
            return;
        if (!(*entry & 1)) {
            if ((place = place_of(layout, *entry)))
                *place += layout->base;
            where = *entry + sizeof(uint64_t);
            continue;
        }
        for (unsigned bit = 1; bit < 64; bit++) {
            if (*entry >> bit & 1 && (place = place_of(layout, where + (bit - 1) * sizeof(uint64_t))))
                *place += layout->base;
        }
        where += 63 * sizeof(uint64_t);
    }
}

static void judge(const struct layout *layout, const struct copies_hidden *library, const struct found_table *table,
                  struct doctor_hidden *ret)
{
    struct patch_outcome outcome;
    static struct way way;

    ret->is_found = true;
    ret->is_reached = way_find(&layout->image, library, table, layout->image.range.start - PLAN_SIZE, &way, &outcome);
    ret->is_late = ret->is_reached && way.is_late;
    if (ret->is_reached)
        reach_free(&way.reach);
    else
        snprintf(ret->why, sizeof ret->why, "%s%s%s%s", plan_words(&outcome), outcome.function ? " (" : "",
                 outcome.function ? outcome.function : "", outcome.function ? ")" : "");
}

static bool lay_out(struct layout *layout, const char *path)
{
    *layout = (struct layout){.file = -1};
    return read_headers(layout, path) && reserve(layout) && read_segments(layout);
}

static void finish(struct layout *layout)
{
    if (layout->memory)
        munmap(layout->memory, layout->span);
    if (layout->file >= 0)
        close(layout->file);
}

void doctor_hidden_look(const char *path, struct doctor_hidden *ret)
{
    static struct layout layout;
    struct found_table table;

    *ret = (struct doctor_hidden){0};
    if (lay_out(&layout, path)) {
        relocate(&layout);
        if (find_table(&layout.image, &sqlite_table, NULL, &table)) {
            snprintf(ret->version, sizeof ret->version, "%s", table.version);
            snprintf(ret->source, sizeof ret->source, "%s", table.source ? table.source : "");
            judge(&layout, &sqlite_table, &table, ret);
        }
    }
    finish(&layout);
}

void doctor_hidden_look_exported(const char *path, const struct copies_hidden *library, const uint64_t *offsets, size_t count,
                                 struct doctor_hidden *ret)
{
    static struct layout layout;
    uintptr_t slots[DOCTOR_EXPORTED_MAX] = {0};
    bool is_sound = count <= DOCTOR_EXPORTED_MAX;

    *ret = (struct doctor_hidden){0};
    if (is_sound && lay_out(&layout, path)) {
        for (size_t i = 0; i < count; i++) {
            slots[i] = offsets[i] ? layout.base + offsets[i] : 0;
            is_sound = is_sound && (!slots[i] || image_is_code(&layout.image, slots[i]));
        }
        if (is_sound)
            judge(&layout, library, &(struct found_table){.slots = slots, .count = count}, ret);
    }
    finish(&layout);
}
