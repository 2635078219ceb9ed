#include "viewer/doctor/elf/elf.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/hex.h"
#include "exporter/symbols/build_id.h"
#include "viewer/doctor/elf/elf_file.h"

#define NEEDED_MAX 1024
#define TEXT_MAX   65536 /* of a path or a list of paths in a file */

/* The string at an address of the file's image, as the loader sees it. */
static char *string_at(struct elf_file *file, uint64_t table, uint64_t index)
{
    size_t count = 0, size = 0;
    const char *image = elf_rawfile(file->elf, &size);
    uint64_t address = table + index;

    if (!image || elf_getphdrnum(file->elf, &count) != 0 || address < table)
        return NULL;
    for (size_t i = 0; i < count && i < 64; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(file->elf, (int)i, &header) || header.p_type != PT_LOAD || address < header.p_vaddr ||
            address - header.p_vaddr >= header.p_filesz || header.p_offset >= size)
            continue;
        uint64_t offset = address - header.p_vaddr;
        if (offset >= size - header.p_offset)
            continue;
        uint64_t room = size - header.p_offset - offset;
        return strndup(image + header.p_offset + offset, room < TEXT_MAX ? room : TEXT_MAX);
    }
    return NULL;
}

static void replace(char **text, char *with)
{
    free(*text);
    *text = with;
}

static void read_dynamic(struct elf_file *file, const GElf_Phdr *segment, struct doctor_elf *ret)
{
    Elf_Data *data = elf_getdata_rawchunk(file->elf, (int64_t)segment->p_offset, segment->p_filesz, ELF_T_DYN);
    size_t capacity = 0, size = gelf_fsize(file->elf, ELF_T_DYN, 1, EV_CURRENT), count = data && size ? data->d_size / size : 0;
    uint64_t strings = 0;
    GElf_Dyn entry;

    for (size_t i = 0; i < count && i < TEXT_MAX && gelf_getdyn(data, (int)i, &entry) && entry.d_tag != DT_NULL; i++) {
        if (entry.d_tag == DT_STRTAB)
            strings = entry.d_un.d_ptr;
    }
    for (size_t i = 0; strings && i < count && i < TEXT_MAX && gelf_getdyn(data, (int)i, &entry) && entry.d_tag != DT_NULL; i++) {
        bool needed = entry.d_tag == DT_NEEDED && ret->needed_count < NEEDED_MAX;
        bool wanted = needed || entry.d_tag == DT_RPATH || entry.d_tag == DT_RUNPATH || entry.d_tag == DT_SONAME;
        char *text = wanted ? string_at(file, strings, entry.d_un.d_val) : NULL;
        if (!text)
            continue;
        if (needed) {
            ALLOC_GROW(ret->needed, ret->needed_count, capacity);
            ret->needed[ret->needed_count++] = text;
        } else {
            replace(entry.d_tag == DT_RPATH ? &ret->rpath : entry.d_tag == DT_RUNPATH ? &ret->runpath : &ret->soname, text);
        }
    }
}

static void read_segments(struct elf_file *file, struct doctor_elf *ret)
{
    size_t count = 0, size = 0;
    const char *image = elf_rawfile(file->elf, &size);
    bool dynamic = false;

    elf_getphdrnum(file->elf, &count);
    for (size_t i = 0; i < count && i < 64; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(file->elf, (int)i, &header))
            break;
        if (header.p_type == PT_INTERP && image && header.p_offset < size && header.p_filesz < PATH_MAX) {
            uint64_t room = size - header.p_offset;
            replace(&ret->interpreter, strndup(image + header.p_offset, header.p_filesz < room ? header.p_filesz : room));
        } else if (header.p_type == PT_DYNAMIC) {
            dynamic = true;
            read_dynamic(file, &header, ret);
        }
    }
    GElf_Ehdr header;
    bool shared = gelf_getehdr(file->elf, &header) && header.e_type == ET_DYN;
    ret->is_library = shared && !ret->interpreter && (ret->soname || ret->needed_count > 0);
    ret->is_static = !ret->interpreter && !(dynamic && ret->is_library);
}

static bool note_dynamic_symbol(void *argument, const char *name, const GElf_Sym *symbol)
{
    struct doctor_elf *elf = argument;
    int client = doctor_client_of_symbol(name);

    for (unsigned vm = 0; vm < DOCTOR_VMS && symbol->st_shndx != SHN_UNDEF; vm++) {
        if (strcmp(name, doctor_machines[vm].symbol) == 0)
            elf->vm |= 1u << vm;
    }
    if (client < 0)
        return true;
    if (symbol->st_shndx == SHN_UNDEF)
        elf->client[client].takes = true;
    else
        elf->client[client].gives = true;
    return true;
}

static bool note_symbol(void *argument, const char *name, const GElf_Sym *symbol)
{
    struct doctor_elf *elf = argument;
    int client = doctor_client_of_symbol(name);

    if (client >= 0 && symbol->st_shndx != SHN_UNDEF && GELF_ST_TYPE(symbol->st_info) == STT_FUNC && !elf->client[client].gives)
        elf->client[client].hidden = true;
    return true;
}

static bool note_relocation(void *argument, const char *name, const GElf_Sym *symbol)
{
    struct doctor_elf *elf = argument;
    int client = doctor_client_of_symbol(name);

    if (client >= 0)
        elf->client[client].by_plt = true;
    return true;
}

static bool has(const char *bytes, size_t size, const char *text)
{
    return memmem(bytes, size, text, strlen(text)) != NULL;
}

/* "2022-12-28 14:03:47 df5c253c0b3dd24916e4ec7cf77d3db5294cc9fd45ae7b9c5e82ad8197f38a24", which stands in every SQLite. */
static void find_source_id(const char *bytes, size_t size, char *ret, size_t room)
{
    static const char shape[] = "0000-00-00 00:00:00 ";
    size_t length = sizeof shape - 1;

    for (size_t i = 0; i + length + 40 < size; i++) {
        const char *dash = memchr(bytes + i, '-', size - i);
        if (!dash)
            return;
        i = (size_t)(dash - bytes);
        if (i < 4 || i - 4 + length + 40 >= size)
            continue;
        const char *at = dash - 4;
        size_t k = 0;
        while (k < length && (shape[k] == '0' ? isdigit((unsigned char)at[k]) != 0 : at[k] == shape[k]))
            k++;
        while (k >= length && k < length + 40 && isxdigit((unsigned char)at[k]))
            k++;
        if (k == length + 40) {
            snprintf(ret, room, "%.10s", at);
            return;
        }
    }
}

static void note_client_texts(enum doctor_client client, struct doctor_elf_client *c, const char *bytes, size_t size)
{
    const struct doctor_client_row *row = &doctor_clients[client];

    if (has(bytes, size, row->texts[0]) && has(bytes, size, row->texts[1])) {
        if (row->dates_itself)
            find_source_id(bytes, size, c->date, sizeof c->date);
        c->hidden = c->hidden || (!c->gives && !c->takes);
    }
    c->by_name = c->by_name || has(bytes, size, row->files[1]);
}

static bool note_texts(void *argument, const char *bytes, size_t size)
{
    struct doctor_elf *elf = argument;

    for (enum doctor_client client = 0; client < DOCTOR_CLIENTS; client++)
        note_client_texts(client, &elf->client[client], bytes, size);
    elf->is_go = elf->is_go || has(bytes, size, "\xff Go buildinf:");
    for (uint32_t i = 0; doctor_own_drivers[i].mark; i++) {
        if (has(bytes, size, doctor_own_drivers[i].mark))
            elf->own_drivers |= UINT32_C(1) << i;
    }
    return true;
}

struct doctor_elf *doctor_elf_open(const char *path, const char **why)
{
    struct elf_file file;
    struct doctor_elf *ret = NULL;
    GElf_Ehdr header;
    const void *id;

    if (!elf_file_open(&file, path, why))
        return NULL;
    *why = "it is a damaged program";
    if (!gelf_getehdr(file.elf, &header) || (header.e_type != ET_EXEC && header.e_type != ET_DYN))
        goto done;
    ret = alloc_zeroed(1, sizeof *ret);
    ret->path = alloc_format("%s", path);
    ret->real_path = realpath(path, NULL);
    if (!ret->real_path)
        ret->real_path = alloc_format("%s", path);
    ret->machine = header.e_machine;
    ret->is_64 = header.e_ident[EI_CLASS] == ELFCLASS64;
    read_segments(&file, ret);
    size_t length = build_id_find(file.elf, &id);
    if (length > 0)
        hex_write(id, length < 32 ? length : 32, ret->build_id);
    elf_file_symbols(&file, SHT_DYNSYM, note_dynamic_symbol, ret);
    elf_file_symbols(&file, SHT_SYMTAB, note_symbol, ret);
    elf_file_loaded(&file, note_texts, ret);
    elf_file_relocations(&file, note_relocation, ret);
done:
    elf_file_close(&file);
    return ret;
}

void doctor_elf_destroy(struct doctor_elf *elf)
{
    if (!elf)
        return;
    for (size_t i = 0; i < elf->needed_count; i++)
        free(elf->needed[i]);
    free(elf->needed);
    free(elf->path);
    free(elf->real_path);
    free(elf->interpreter);
    free(elf->rpath);
    free(elf->runpath);
    free(elf->soname);
    free(elf);
}
