#include "agent/recording/retire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/system.h"

#define HEADER_MAX  (16 << 10) /* a record is no longer, see stream/writer.h */
#define REMOVED_MAX 8          /* in one go: a process does not clean up for all that were before it */

/* Fields of Header, with their wire types (stream/nplus1.proto). */
#define TAG_HEADER  (1 << 3 | 2)
#define TAG_PID     (3 << 3 | 0)
#define TAG_HOST    (9 << 3 | 2)
#define TAG_STARTED (12 << 3 | 1)

struct recorded {
    uint64_t pid, started;
    const char *host;
    size_t host_length;
};

static unsigned char header[HEADER_MAX];
static char names[8 << 10] __attribute__((aligned(8))); /* of entries */
static char host[256];

static const unsigned char *read_varint(const unsigned char *p, const unsigned char *end, uint64_t *ret)
{
    *ret = 0;
    for (unsigned shift = 0; p < end && shift < 64; shift += 7, p++) {
        *ret |= (uint64_t)(*p & 0x7f) << shift;
        if (!(*p & 0x80))
            return p + 1;
    }
    return NULL;
}

/* False: no header, or one that ends too early. */
static bool read_header(const unsigned char *p, const unsigned char *end, struct recorded *ret)
{
    uint64_t tag, value;

    if (!(p = read_varint(p, end, &value)) || !(p = read_varint(p, end, &tag)) || tag != TAG_HEADER ||
        !(p = read_varint(p, end, &value)) || value > (size_t)(end - p))
        return false;
    end = p + value;
    *ret = (struct recorded){0};
    while (p < end) {
        if (!(p = read_varint(p, end, &tag)))
            return false;
        value = 0;
        if ((tag & 7) != 1 && !(p = read_varint(p, end, &value)))
            return false;
        if ((tag & 7) == 1 && end - p >= 8) {
            memcpy(&value, p, 8);
            p += 8;
            if (tag == TAG_STARTED)
                ret->started = value;
        } else if ((tag & 7) == 2 && value <= (size_t)(end - p)) {
            if (tag == TAG_HOST) {
                ret->host = (const char *)p;
                ret->host_length = value;
            }
            p += value;
        } else if ((tag & 7) != 0) {
            return false;
        } else if (tag == TAG_PID) {
            ret->pid = value;
        }
    }
    return ret->pid != 0;
}

/* A process that is there by the number may be another one: its recording stays a while longer. */
static bool is_over(const struct recorded *recorded)
{
    return recorded->host && recorded->host_length == strlen(host) && memcmp(recorded->host, host, recorded->host_length) == 0 &&
           system_call(SYS_kill, (long)recorded->pid, 0, 0, 0, 0) == -ESRCH;
}

static bool read_recorded(int folder, const char *name, struct recorded *ret)
{
    int fd = (int)system_call(SYS_openat, folder, (long)(uintptr_t)name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0, 0);
    struct stat status;
    ssize_t length = -1;

    if (fd < 0)
        return false;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode))
        length = read(fd, header, sizeof header);
    close(fd);
    return length > 0 && read_header(header, header + length, ret);
}

/* Whether a pattern could have given a name: %e, %p and %t stand for anything. */
static bool matches(const char *pattern, const char *name)
{
    const char *again = NULL, *from = NULL;

    while (*name) {
        if (*pattern == '%' && (pattern[1] == 'e' || pattern[1] == 'p' || pattern[1] == 't')) {
            again = pattern += 2;
            from = name;
        } else if (*pattern == *name) {
            pattern += *pattern == '%' && pattern[1] == '%' ? 2 : 1;
            name++;
        } else if (again) {
            pattern = again;
            name = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '%' && (pattern[1] == 'e' || pattern[1] == 'p' || pattern[1] == 't'))
        pattern += 2;
    return !*pattern;
}

/* Counts the recordings; *ret_oldest: the name of the oldest one that is over, empty when there is none. */
static uint64_t count(int folder, const char *pattern, char *ret_oldest, size_t size)
{
    uint64_t found = 0, oldest = UINT64_MAX;
    long length;

    ret_oldest[0] = '\0';
    system_call(SYS_lseek, folder, 0, SEEK_SET, 0, 0);
    while ((length = system_call(SYS_getdents64, folder, (long)(uintptr_t)names, sizeof names, 0, 0)) > 0) {
        for (long at = 0; at < length;) {
            const struct directory_entry *entry = (const struct directory_entry *)(const void *)(names + at);
            struct recorded recorded;
            at += entry->length;
            if (!matches(pattern, entry->name) || !read_recorded(folder, entry->name, &recorded))
                continue;
            found++;
            if (recorded.started >= oldest || strlen(entry->name) >= size || !is_over(&recorded))
                continue;
            oldest = recorded.started;
            memcpy(ret_oldest, entry->name, strlen(entry->name) + 1);
        }
    }
    return found;
}

void retire_recordings(const char *path, const char *pattern, uint64_t most)
{
    static char folder_path[4096], oldest[256];
    const char *slash = strrchr(path, '/'), *last = strrchr(pattern, '/');
    int folder;

    if (!slash || !last || !strchr(last, '%') || (size_t)(slash - path) + 2 > sizeof folder_path ||
        gethostname(host, sizeof host - 1) != 0)
        return;
    memcpy(folder_path, path, (size_t)(slash - path) + 1);
    folder_path[slash - path + 1] = '\0';
    folder = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return;
    for (unsigned i = 0; i < REMOVED_MAX && count(folder, last + 1, oldest, sizeof oldest) > most && oldest[0]; i++) {
        if (system_call(SYS_unlinkat, folder, (long)(uintptr_t)oldest, 0, 0, 0) != 0)
            break;
    }
    close(folder);
}
