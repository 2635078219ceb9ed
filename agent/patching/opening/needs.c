#include "agent/patching/opening/needs.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEEDED_MAX 64

/* A file in memory: every offset in it is somebody else's word. */
struct file {
    const unsigned char *bytes;
    uint64_t size;
};

static const void *at(const struct file *file, uint64_t offset, uint64_t size)
{
    return offset <= file->size && size <= file->size - offset ? file->bytes + offset : NULL;
}

static const Elf64_Phdr *segment(const struct file *file, unsigned index)
{
    const Elf64_Ehdr *header = at(file, 0, sizeof *header);

    if (index >= header->e_phnum || header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff % 8)
        return NULL;
    return at(file, header->e_phoff + index * (uint64_t)sizeof(Elf64_Phdr), sizeof(Elf64_Phdr));
}

/* Where an address of the module stands in its file; UINT64_MAX: nowhere. */
static uint64_t offset_of(const struct file *file, uint64_t address)
{
    const Elf64_Phdr *s;

    for (unsigned i = 0; (s = segment(file, i)); i++) {
        if (s->p_type == PT_LOAD && address >= s->p_vaddr && address - s->p_vaddr < s->p_filesz)
            return s->p_offset + (address - s->p_vaddr);
    }
    return UINT64_MAX;
}

static const char *text_at(const struct file *file, uint64_t offset)
{
    const char *text = offset < file->size ? (const char *)file->bytes + offset : NULL;

    return text && memchr(text, '\0', file->size - offset) ? text : NULL;
}

struct search {
    const char *name;
    bool found;
};

static int visit(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct search *search = argument;
    const char *slash = strrchr(info->dlpi_name, '/');

    (void)size;
    search->found = strcmp(slash ? slash + 1 : info->dlpi_name, search->name) == 0;
    return search->found;
}

/* Parts of libc that stand beside it, and nowhere else; those that became part of libc.so.6 are rarely loaded. */
static bool is_of_libc(const char *name)
{
    static const char *const names[] = {"libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

static bool is_loaded(const char *name)
{
    struct search search = {.name = name};

    if (is_of_libc(name))
        return true;
    dl_iterate_phdr(visit, &search);
    return search.found;
}

static bool are_loaded(const struct file *file)
{
    const Elf64_Ehdr *header = at(file, 0, sizeof *header);
    const Elf64_Dyn *entries = NULL;
    const Elf64_Phdr *s;
    uint64_t count = 0, texts = UINT64_MAX;

    if (!header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
        header->e_machine != EM_X86_64)
        return false;
    for (unsigned i = 0; (s = segment(file, i)); i++) {
        if (s->p_type == PT_DYNAMIC && s->p_offset % 8 == 0) {
            entries = at(file, s->p_offset, s->p_filesz);
            count = s->p_filesz / sizeof *entries;
        }
    }
    for (uint64_t i = 0; entries && i < count && entries[i].d_tag != DT_NULL; i++) {
        if (entries[i].d_tag == DT_STRTAB)
            texts = offset_of(file, entries[i].d_un.d_ptr);
    }
    if (texts == UINT64_MAX)
        return false;
    for (uint64_t i = 0, needed = 0; i < count && entries[i].d_tag != DT_NULL; i++) {
        const char *name;
        if (entries[i].d_tag != DT_NEEDED)
            continue;
        name = entries[i].d_un.d_val < file->size ? text_at(file, texts + entries[i].d_un.d_val) : NULL;
        if (!name || ++needed > NEEDED_MAX || !is_loaded(name))
            return false;
    }
    return true;
}

bool needs_nothing_more(const char *path)
{
    int saved_errno = errno, fd = open(path, O_RDONLY | O_CLOEXEC);
    struct file file = {NULL, 0};
    struct stat status;
    bool loaded = false;

    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) {
            file = (struct file){bytes, (uint64_t)status.st_size};
            loaded = are_loaded(&file);
            munmap(bytes, (size_t)status.st_size);
        }
    }
    if (fd >= 0)
        close(fd);
    errno = saved_errno;
    return loaded;
}
