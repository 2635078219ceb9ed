#include "viewer/doctor/elf/elf_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYMBOLS_MAX  (4 << 20) /* of all tables: sections may name the same bytes */
#define SECTIONS_MAX 65536
#define SEGMENTS_MAX 64

bool elf_file_open(struct elf_file *file, const char *path, const char **why)
{
    struct stat stat;

    *file = (struct elf_file){.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    *why = "it cannot be read";
    if (file->fd < 0)
        return false;
    *why = "it is not a program of this system (not an ELF file)";
    if (fstat(file->fd, &stat) != 0 || !S_ISREG(stat.st_mode))
        goto fail;
    elf_version(EV_CURRENT);
    file->elf = elf_begin(file->fd, ELF_C_READ_MMAP, NULL);
    if (!file->elf || elf_kind(file->elf) != ELF_K_ELF)
        goto fail;
    return true;
fail:
    elf_file_close(file);
    return false;
}

void elf_file_close(struct elf_file *file)
{
    elf_end(file->elf);
    if (file->fd >= 0)
        close(file->fd);
    *file = (struct elf_file){.fd = -1};
}

static Elf_Scn *next_section(struct elf_file *file, Elf_Scn *section, GElf_Shdr *header, size_t *count)
{
    section = elf_nextscn(file->elf, section);
    return section && (*count)++ < SECTIONS_MAX && gelf_getshdr(section, header) ? section : NULL;
}

void elf_file_symbols(struct elf_file *file, uint32_t table, elf_file_visit visit, void *argument)
{
    GElf_Shdr header;
    size_t sections = 0, left = SYMBOLS_MAX;

    for (Elf_Scn *section = NULL; (section = next_section(file, section, &header, &sections));) {
        Elf_Data *data = header.sh_type == table ? elf_getdata(section, NULL) : NULL;
        size_t size = data ? gelf_fsize(file->elf, ELF_T_SYM, 1, EV_CURRENT) : 0, count = size ? data->d_size / size : 0;

        for (size_t i = 0; i < count && left > 0; i++, left--) {
            GElf_Sym symbol;
            const char *name = gelf_getsym(data, (int)i, &symbol) ? elf_strptr(file->elf, header.sh_link, symbol.st_name) : NULL;
            if (name && name[0] && !visit(argument, name, &symbol))
                return;
        }
    }
}

void elf_file_relocations(struct elf_file *file, elf_file_visit visit, void *argument)
{
    GElf_Shdr header, symbols;
    size_t sections = 0, left = SYMBOLS_MAX;

    for (Elf_Scn *section = NULL; (section = next_section(file, section, &header, &sections));) {
        Elf_Scn *table = header.sh_type == SHT_RELA && header.sh_flags & SHF_ALLOC ? elf_getscn(file->elf, header.sh_link) : NULL;
        Elf_Data *data = table && gelf_getshdr(table, &symbols) ? elf_getdata(section, NULL) : NULL;
        Elf_Data *names = data && symbols.sh_type == SHT_DYNSYM ? elf_getdata(table, NULL) : NULL;
        size_t size = names ? gelf_fsize(file->elf, ELF_T_RELA, 1, EV_CURRENT) : 0, count = size ? data->d_size / size : 0;

        for (size_t i = 0; i < count && left > 0; i++, left--) {
            GElf_Rela relocation;
            GElf_Sym symbol;
            const char *name = gelf_getrela(data, (int)i, &relocation) &&
                                       gelf_getsym(names, (int)GELF_R_SYM(relocation.r_info), &symbol)
                                   ? elf_strptr(file->elf, symbols.sh_link, symbol.st_name)
                                   : NULL;
            if (name && !visit(argument, name, &symbol))
                return;
        }
    }
}

void elf_file_loaded(struct elf_file *file, elf_file_bytes visit, void *argument)
{
    size_t count = 0, size = 0;
    const char *image = elf_rawfile(file->elf, &size);

    if (!image || elf_getphdrnum(file->elf, &count) != 0)
        return;
    for (size_t i = 0; i < count && i < SEGMENTS_MAX; i++) {
        GElf_Phdr header;
        if (!gelf_getphdr(file->elf, (int)i, &header) || header.p_type != PT_LOAD || header.p_offset >= size)
            continue;
        size_t length = header.p_filesz < size - header.p_offset ? header.p_filesz : size - header.p_offset;
        if (!visit(argument, image + header.p_offset, length))
            return;
    }
}
