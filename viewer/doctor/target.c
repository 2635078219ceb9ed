#include "viewer/doctor/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/base/alloc.h"

#define HEAD_MAX 65536

void target_drop(struct target *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(words->list[i]);
    memmove(words->list, words->list + count, (words->count - count) * sizeof *words->list);
    words->count -= count;
}

void target_insert(struct target *words, const char *word, size_t length)
{
    if (words->count == WORDS_MAX)
        free(words->list[--words->count]);
    memmove(words->list + 1, words->list, words->count * sizeof *words->list);
    words->list[0] = alloc_format("%.*s", (int)length, word);
    words->count++;
}

static bool is_program(const char *path, int *error)
{
    struct stat stat_;

    if (stat(path, &stat_) != 0)
        *error = errno;
    else if (S_ISDIR(stat_.st_mode))
        *error = EISDIR;
    else if (!S_ISREG(stat_.st_mode) || access(path, X_OK) != 0)
        *error = EACCES;
    else
        return true;
    return false;
}

char *target_find_program(const char *word, int *error)
{
    const char *folders = getenv("PATH");

    *error = ENOENT;
    if (strchr(word, '/') || !word[0])
        return word[0] && is_program(word, error) ? alloc_format("%s", word) : NULL;
    if (!folders)
        folders = "/usr/local/bin:/usr/bin:/bin";
    for (const char *at = folders;; at++) {
        size_t length = strcspn(at, ":");
        char *path = alloc_format("%.*s%s%s", (int)length, at, length ? "/" : "", word);
        int why = ENOENT;
        if (is_program(path, &why))
            return path;
        free(path);
        if (why == EACCES)
            *error = EACCES;
        at += length;
        if (!*at)
            return NULL;
    }
}

char *target_read_head(const char *path, size_t *ret_size)
{
    char *head = alloc_zeroed(1, HEAD_MAX + 1);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t size = fd >= 0 ? read(fd, head, HEAD_MAX) : -1;

    if (fd >= 0)
        close(fd);
    *ret_size = size > 0 ? (size_t)size : 0;
    return head;
}
