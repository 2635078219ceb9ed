#include "exporter/symbols/debug_files.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/base/alloc.h"
#include "exporter/symbols/build_id.h"

#define SYSTEM "/usr/lib/debug"
#define ID_MAX 64 /* bytes of a build-id; the usual ones have 20 */

int debug_files_open(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool is_of_build(int fd, const void *build_id, size_t length)
{
    const void *id = NULL;
    elf_version(EV_CURRENT);
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    bool is = elf && build_id_find(elf, &id) == length && memcmp(id, build_id, length) == 0;
    elf_end(elf);
    return is;
}

/* Takes the path over. */
static int open_of_build(char *path, const void *build_id, size_t length, char **ret_path)
{
    int fd = debug_files_open(path);
    if (fd >= 0 && !is_of_build(fd, build_id, length)) {
        close(fd);
        fd = -1;
    }
    if (fd >= 0)
        *ret_path = path;
    else
        free(path);
    return fd;
}

static void write_hex(const unsigned char *bytes, size_t length, char *ret)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        *ret++ = hex[bytes[i] >> 4];
        *ret++ = hex[bytes[i] & 15];
    }
    *ret = '\0';
}

/* What debuginfod's client has fetched for somebody else; nothing is fetched here. NULL: there is no such folder. */
static char *path_in_cache(const char *id)
{
    const char *own = getenv("DEBUGINFOD_CACHE_PATH");
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (own && own[0])
        return alloc_format("%s/%s/debuginfo", own, id);
    if (cache && cache[0])
        return alloc_format("%s/debuginfod_client/%s/debuginfo", cache, id);
    return home && home[0] ? alloc_format("%s/.cache/debuginfod_client/%s/debuginfo", home, id) : NULL;
}

static int find_by_id(const void *build_id, size_t length, char **ret_path)
{
    char id[2 * ID_MAX + 1];
    if (length < 2 || length > ID_MAX)
        return -1;
    write_hex(build_id, length, id);
    int fd = open_of_build(alloc_format(SYSTEM "/.build-id/%.2s/%s.debug", id, id + 2), build_id, length, ret_path);
    char *cached = fd < 0 ? path_in_cache(id) : NULL;
    return cached ? open_of_build(cached, build_id, length, ret_path) : fd;
}

/* The length of the folder's part of the path, its slash included. */
static int folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (int)(slash - path + 1) : 0;
}

int debug_files_find(const char *file, const char *link, const void *build_id, size_t length, char **ret_path)
{
    int fd = find_by_id(build_id, length, ret_path);
    bool is_name = link && link[0] && !strchr(link, '/');
    if (fd >= 0 || !is_name || !file || length < 2 || length > ID_MAX)
        return fd;
    static const struct {
        const char *before, *behind;
    } around[] = {{"", ""}, {"", ".debug/"}, {SYSTEM, ""}};
    int folder = folder_length(file);
    for (size_t i = 0; i < sizeof around / sizeof *around && fd < 0; i++) {
        char *path = alloc_format("%s%.*s%s%s", around[i].before, folder, file, around[i].behind, link);
        fd = open_of_build(path, build_id, length, ret_path);
    }
    return fd;
}
