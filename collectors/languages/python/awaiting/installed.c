/* Facts and their source: beside each distribution an installer leaves a folder NAME-VERSION.dist-info (packaging.python.org,
 * "Recording installed projects"). NAME is as the project spells it, or in small letters; most packages have their distribution's
 * name. What one has under another name would have to be read from its RECORD: readers do that, here it counts as the program's.
 */
#include "collectors/languages/python/awaiting/installed.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "agent/base/hash.h"
#include "agent/base/system.h"

#define FOLDER_MAX   512
#define LEVELS       8   /* of folders above a file that are looked into */
#define READS_MAX    256 /* of a folder that has more names nothing is told */
#define REMEMBERED   256
#define IS_INSTALLED UINT64_C(1)

enum level {
    LEVEL_PLAIN, /* nothing is installed here */
    LEVEL_OTHER, /* other things are */
    LEVEL_INSTALLED,
};

/* By the hash of a file's path: that hash, with the answer in its lowest bit. */
static _Atomic uint64_t remembered[REMEMBERED];

static char small_letter(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Whether a name is PACKAGE-VERSION.dist-info. */
static bool is_of(const char *name, const char *package, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (small_letter(name[i]) != small_letter(package[i]))
            return false;
    }
    return name[length] == '-';
}

static bool is_record(const char *name)
{
    static const char suffix[] = ".dist-info";
    size_t length = strlen(name);

    return length >= sizeof suffix && strcmp(name + length - (sizeof suffix - 1), suffix) == 0;
}

static enum level look_into(const char *folder, const char *package, size_t length)
{
    _Alignas(struct directory_entry) char names[1024];
    long fd = system_call(SYS_openat, AT_FDCWD, (long)(uintptr_t)folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, 0);
    enum level found = LEVEL_PLAIN;
    long size;

    if (fd < 0)
        return found;
    for (int i = 0; i < READS_MAX && found != LEVEL_INSTALLED &&
                    (size = system_call(SYS_getdents64, fd, (long)(uintptr_t)names, sizeof names, 0, 0)) > 0;
         i++) {
        for (long at = 0; at < size;) {
            const struct directory_entry *entry = (const struct directory_entry *)(const void *)(names + at);
            at += entry->length;
            if (is_record(entry->name))
                found = found == LEVEL_INSTALLED || is_of(entry->name, package, length) ? LEVEL_INSTALLED : LEVEL_OTHER;
        }
    }
    system_call(SYS_close, fd, 0, 0, 0, 0);
    return found;
}

/* The innermost folder with such names decides. */
static bool is_recorded(const char *file)
{
    char folder[FOLDER_MAX];
    size_t end = strlen(file);
    enum level level = LEVEL_PLAIN;

    if (file[0] != '/' || end >= sizeof folder)
        return false;
    memcpy(folder, file, end + 1);
    for (int i = 0; i < LEVELS && level == LEVEL_PLAIN; i++) {
        while (end > 0 && folder[end] != '/')
            end--;
        if (end == 0)
            break;
        folder[end] = '\0';
        level = look_into(folder, file + end + 1, strcspn(file + end + 1, "/."));
    }
    return level == LEVEL_INSTALLED;
}

bool python_installed(const char *file)
{
    uint64_t hash, known;
    bool is;

    if (strstr(file, "/lib/python3") || strstr(file, "/site-packages/") || strstr(file, "/dist-packages/"))
        return true;
    hash = hash_bytes(file, strlen(file), 0) & ~IS_INSTALLED;
    known = atomic_load_explicit(&remembered[(hash >> 1) % REMEMBERED], memory_order_relaxed);
    if ((known & ~IS_INSTALLED) == hash)
        return known & IS_INSTALLED;
    is = is_recorded(file);
    atomic_store_explicit(&remembered[(hash >> 1) % REMEMBERED], hash | is, memory_order_relaxed);
    return is;
}
