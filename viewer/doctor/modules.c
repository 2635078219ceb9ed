/* The order in which ld.so looks: ld.so(8); the layout of /etc/ld.so.cache: glibc, sysdeps/generic/dl-cache.h. */
#include "viewer/doctor/modules.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/base/alloc.h"

#define MODULES_MAX 4096
#define CACHE_PATH  "/etc/ld.so.cache"
#define CACHE_MAGIC "glibc-ld.so.cache1.1"
#define CACHE_FLAGS 0x0303 /* a library of glibc for x86-64 */

struct cache_head {
    char magic[20];
    uint32_t count, text_size, unused[5];
};

struct cache_entry {
    int32_t flags;
    uint32_t name, path, os_version;
    uint64_t capabilities;
};

/* The loader passes over what is made for another machine. */
static bool is_usable(const char *path)
{
    unsigned char head[20];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool usable = fd >= 0 && pread(fd, head, sizeof head, 0) == sizeof head && memcmp(head, ELFMAG, SELFMAG) == 0 &&
                  head[EI_CLASS] == ELFCLASS64 && head[18] == EM_X86_64 && head[19] == 0;
    if (fd >= 0)
        close(fd);
    return usable;
}

static char *find_in_cache(const char *name)
{
    struct stat stat;
    char *ret = NULL;
    int fd = open(CACHE_PATH, O_RDONLY | O_CLOEXEC);
    const char *map = MAP_FAILED;

    if (fd >= 0 && fstat(fd, &stat) == 0 && (size_t)stat.st_size >= sizeof(struct cache_head))
        map = mmap(NULL, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (fd >= 0)
        close(fd);
    if (map == MAP_FAILED)
        return NULL;
    size_t size = (size_t)stat.st_size, length = strlen(name) + 1;
    struct cache_head head;
    memcpy(&head, map, sizeof head);
    if (memcmp(head.magic, CACHE_MAGIC, sizeof head.magic) == 0) {
        for (size_t i = 0; i < head.count && sizeof head + (i + 1) * sizeof(struct cache_entry) <= size && !ret; i++) {
            struct cache_entry entry;
            memcpy(&entry, map + sizeof head + i * sizeof entry, sizeof entry);
            if (entry.flags == CACHE_FLAGS && !entry.capabilities && entry.name < size && entry.path < size &&
                size - entry.name >= length && memcmp(map + entry.name, name, length) == 0)
                ret = strndup(map + entry.path, size - entry.path);
        }
    }
    munmap((void *)map, size);
    if (ret && !is_usable(ret)) {
        free(ret);
        ret = NULL;
    }
    return ret;
}

/* Appends a folder of a list, in which $ORIGIN stands for the folder of the object that has the list. */
static char *expand(const char *folder, size_t length, const char *object, const char *name)
{
    static const char *const origins[] = {"$ORIGIN", "${ORIGIN}"};
    const char *slash = strrchr(object, '/');

    for (size_t i = 0; slash && i < 2; i++) {
        const char *at = memmem(folder, length, origins[i], strlen(origins[i]));
        if (at) {
            const char *rest = at + strlen(origins[i]);
            return alloc_format("%.*s%.*s%.*s/%s", (int)(at - folder), folder, (int)(slash - object), object,
                                (int)(folder + length - rest), rest, name);
        }
    }
    return alloc_format("%.*s/%s", length ? (int)length : 1, length ? folder : ".", name);
}

static char *find_in_list(const char *list, const char *object, const char *name)
{
    for (const char *at = list; at && *at; at += *at != '\0') {
        size_t length = strcspn(at, ":;");
        char *path = expand(at, length, object, name);
        if (is_usable(path))
            return path;
        free(path);
        at += length;
    }
    return NULL;
}

char *doctor_modules_find(const struct doctor_modules *modules, const char *name, size_t module)
{
    static const char standard[] = "/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:/lib64:/usr/lib64:/lib:/usr/lib";
    const struct doctor_elf *elf = modules->items[module].elf;
    char *found = NULL;

    if (strchr(name, '/'))
        return is_usable(name) ? alloc_format("%s", name) : NULL;
    for (size_t i = module, steps = 0; !elf->runpath && !found && i != DOCTOR_NONE && steps < modules->count; steps++) {
        found = find_in_list(modules->items[i].elf->rpath, modules->items[i].elf->real_path, name);
        i = modules->items[i].by;
    }
    if (!found)
        found = find_in_list(modules->library_path, modules->items[0].elf->real_path, name);
    if (!found)
        found = find_in_list(elf->runpath, elf->real_path, name);
    if (!found)
        found = find_in_cache(name);
    return found ? found : find_in_list(standard, "", name);
}

static size_t find_loaded(const struct doctor_modules *modules, const char *name)
{
    for (size_t i = 0; i < modules->count; i++) {
        const char *soname = modules->items[i].elf->soname;
        if (soname && strcmp(soname, name) == 0)
            return i;
    }
    return DOCTOR_NONE;
}

static void add_needed(struct doctor_modules *modules, size_t module)
{
    for (size_t i = 0; i < modules->items[module].elf->needed_count; i++) {
        const char *name = modules->items[module].elf->needed[i], *why;
        size_t found = find_loaded(modules, name);
        char *path = found == DOCTOR_NONE ? doctor_modules_find(modules, name, module) : NULL;

        if (path)
            found = doctor_modules_add(modules, path, path, DOCTOR_LINKED, module, false, &why);
        free(path);
        if (found == DOCTOR_NONE) {
            ALLOC_GROW(modules->missing, modules->missing_count, modules->missing_capacity);
            modules->missing[modules->missing_count++] = alloc_format("%s", name);
            continue;
        }
        struct doctor_module *user = &modules->items[module];
        user->uses = alloc_resize(user->uses, user->use_count + 1, sizeof *user->uses);
        user->uses[user->use_count++] = found;
    }
}

size_t doctor_modules_add(struct doctor_modules *modules, const char *file, const char *path, enum doctor_how how, size_t by,
                          bool follow, const char **why)
{
    *why = "it has too many parts";
    if (modules->count >= MODULES_MAX)
        return DOCTOR_NONE;
    struct doctor_elf *elf = doctor_elf_open(file, why);
    if (!elf)
        return DOCTOR_NONE;
    for (size_t i = 0; i < modules->count; i++) {
        if (strcmp(modules->items[i].elf->real_path, elf->real_path) == 0) {
            doctor_elf_destroy(elf);
            return i;
        }
    }
    size_t first = modules->count;
    ALLOC_GROW(modules->items, modules->count, modules->capacity);
    modules->items[modules->count++] = (struct doctor_module){.elf = elf, .path = alloc_format("%s", path), .how = how, .by = by};
    for (size_t i = first; follow && i < modules->count; i++)
        add_needed(modules, i);
    return first;
}

void doctor_modules_finish(struct doctor_modules *modules)
{
    for (size_t i = 0; i < modules->count; i++) {
        doctor_elf_destroy(modules->items[i].elf);
        free(modules->items[i].path);
        free(modules->items[i].uses);
    }
    for (size_t i = 0; i < modules->missing_count; i++)
        free(modules->missing[i]);
    free(modules->items);
    free(modules->missing);
    *modules = (struct doctor_modules){0};
}
