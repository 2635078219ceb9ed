#include "viewer/doctor/elf/version.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "viewer/doctor/elf/elf_file.h"

struct search {
    const char *name;
    GElf_Addr address;
    bool found;
};

static bool match(void *argument, const char *name, const GElf_Sym *symbol)
{
    struct search *search = argument;

    if (symbol->st_shndx == SHN_UNDEF || strcmp(name, search->name) != 0)
        return true;
    search->address = symbol->st_value;
    search->found = true;
    return false;
}

bool doctor_version_bytes(const char *path, const char *symbol, void *ret, size_t size)
{
    struct elf_file file;
    struct search search = {.name = symbol};
    const char *why;
    size_t count = 0, length = 0;
    bool found = false;

    if (!elf_file_open(&file, path, &why))
        return false;
    elf_file_symbols(&file, SHT_DYNSYM, match, &search);
    const char *image = elf_rawfile(file.elf, &length);
    elf_getphdrnum(file.elf, &count);
    for (size_t i = 0; search.found && image && !found && i < count && i < 64; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(file.elf, (int)i, &header) || header.p_type != PT_LOAD || search.address < header.p_vaddr ||
            header.p_offset >= length)
            continue;
        uint64_t offset = search.address - header.p_vaddr, room = length - header.p_offset;
        if (offset >= header.p_filesz || size > header.p_filesz - offset || offset >= room || size > room - offset)
            continue;
        memcpy(ret, image + header.p_offset + offset, size);
        found = true;
    }
    elf_file_close(&file);
    return found;
}

struct text_search {
    const char *mark;
    bool words;
    char *ret;
    size_t size;
};

static bool search_text(void *argument, const char *bytes, size_t size)
{
    struct text_search *search = argument;
    size_t length = strlen(search->mark), used = 0;
    const char *end = bytes + size, *at = bytes;

    while (used == 0 && (at = memmem(at, (size_t)(end - at), search->mark, length)) != NULL) {
        for (at += length; at < end && used + 1 < search->size; at++) {
            unsigned char c = (unsigned char)*at;
            if (!isdigit(c) && c != '.' && !(search->words && (isalpha(c) || c == ',')))
                break;
            search->ret[used++] = (char)c;
        }
        while (used > 0 && search->ret[used - 1] == '.')
            used--;
        search->ret[used] = '\0';
    }
    return used == 0;
}

bool doctor_version_after(const char *path, const char *mark, bool words, char *ret, size_t size)
{
    struct text_search search = {.mark = mark, .words = words, .ret = ret, .size = size};
    struct elf_file file;
    const char *why;

    ret[0] = '\0';
    if (!elf_file_open(&file, path, &why))
        return false;
    elf_file_loaded(&file, search_text, &search);
    elf_file_close(&file);
    return ret[0] != '\0';
}

struct byte_search {
    const void *bytes;
    size_t size;
    bool found;
};

static bool search_bytes(void *argument, const char *bytes, size_t size)
{
    struct byte_search *search = argument;

    search->found = memmem(bytes, size, search->bytes, search->size) != NULL;
    return !search->found;
}

bool doctor_version_has(const char *path, const void *bytes, size_t size)
{
    struct byte_search search = {.bytes = bytes, .size = size};
    struct elf_file file;
    const char *why;

    if (!elf_file_open(&file, path, &why))
        return false;
    elf_file_loaded(&file, search_bytes, &search);
    elf_file_close(&file);
    return search.found;
}

/* PQlibVersion returns a constant: mov $0x24a02, %eax, after an endbr64 or the saving of a register at the most. */
static void libpq_version(const char *path, char *ret, size_t size)
{
    unsigned char code[16];

    if (!doctor_version_bytes(path, "PQlibVersion", code, sizeof code))
        return;
    for (size_t i = 0; i + 5 <= sizeof code; i++) {
        uint32_t number;
        memcpy(&number, code + i + 1, sizeof number);
        if (code[i] != 0xb8 || number < 90000 || number > 999999)
            continue;
        if (number >= 100000)
            snprintf(ret, size, "%u.%u", number / 10000, number % 10000);
        else
            snprintf(ret, size, "%u.%u.%u", number / 10000, number / 100 % 100, number % 100);
        return;
    }
}

void doctor_version_of_client(const struct doctor_elf *elf, enum doctor_client client, char *ret, size_t size)
{
    char text[16] = "";

    ret[0] = '\0';
    if (client == DOCTOR_POSTGRESQL) {
        libpq_version(elf->path, ret, size);
        return;
    }
    if (doctor_version_bytes(elf->path, "sqlite3_version", text, sizeof text - 1) && isdigit((unsigned char)text[0]))
        snprintf(ret, size, "%.*s", (int)strspn(text, "0123456789."), text);
    else if (elf->client[client].date[0])
        snprintf(ret, size, "of %s", elf->client[client].date);
}
