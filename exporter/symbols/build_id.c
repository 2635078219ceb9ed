#include "exporter/symbols/build_id.h"

#include <gelf.h>
#include <string.h>

#define SECTIONS_MAX 65536

static size_t in_notes(Elf_Data *data, const void **ret)
{
    GElf_Nhdr header;
    size_t name, content, next;

    for (size_t at = 0; data && (next = gelf_getnote(data, at, &header, &name, &content)) > 0; at = next) {
        if (header.n_type == NT_GNU_BUILD_ID && header.n_namesz == sizeof "GNU" &&
            memcmp((const char *)data->d_buf + name, "GNU", sizeof "GNU") == 0) {
            *ret = (const char *)data->d_buf + content;
            return header.n_descsz;
        }
    }
    return 0;
}

/* By segments, which a stripped program keeps; an object file has sections only. */
size_t build_id_find(Elf *elf, const void **ret)
{
    GElf_Phdr segment;
    GElf_Shdr header;
    size_t count = 0, length = 0, sections = 0;

    if (elf_getphdrnum(elf, &count) != 0)
        count = 0;
    for (size_t i = 0; i < count && i < SECTIONS_MAX && length == 0; i++) {
        if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_NOTE) {
            Elf_Type type = segment.p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR;
            length = in_notes(elf_getdata_rawchunk(elf, (int64_t)segment.p_offset, segment.p_filesz, type), ret);
        }
    }
    for (Elf_Scn *section = NULL; length == 0 && sections++ < SECTIONS_MAX && (section = elf_nextscn(elf, section));) {
        if (gelf_getshdr(section, &header) && header.sh_type == SHT_NOTE)
            length = in_notes(elf_getdata(section, NULL), ret);
    }
    return length;
}
