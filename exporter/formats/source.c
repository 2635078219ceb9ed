#include "exporter/formats/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/hash.h"
#include "exporter/base/alloc.h"
#include "exporter/base/map.h"
#include "exporter/base/path.h"

#define FILE_MAX  ((size_t)16 << 20) /* bytes */
#define FILES_MAX ((size_t)64 << 20) /* bytes of all, and of where their lines begin */

struct file {
    char *name;
    char *text; /* NULL: it cannot be read */
    uint32_t size;
    uint32_t *starts; /* of its lines */
    uint32_t count;
};

struct source_files {
    bool leaves;
    struct map known;
    struct file *at;
    uint32_t count, capacity;
    size_t bytes;
};

struct source_files *source_files_create(bool leaves)
{
    struct source_files *files = alloc_zeroed(1, sizeof *files);
    files->leaves = leaves;
    return files;
}

void source_files_destroy(struct source_files *files)
{
    if (!files)
        return;
    for (uint32_t i = 0; i < files->count; i++) {
        free(files->at[i].name);
        free(files->at[i].text);
        free(files->at[i].starts);
    }
    free(files->at);
    map_finish(&files->known);
    free(files);
}

static bool may_leave(const char *name, const struct stat *st)
{
    char *directory = st->st_mode & (S_IRGRP | S_IROTH) ? NULL : getcwd(NULL, 0);
    bool may = st->st_mode & (S_IRGRP | S_IROTH) || (directory && path_is_below(name, directory));
    free(directory);
    return may;
}

/* A file that is written meanwhile is what it was, or shorter. */
static uint32_t read_all(int fd, char *text, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t n = pread(fd, text + done, size - done, (off_t)done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return (uint32_t)done;
}

static void read_text(const struct source_files *files, struct file *file)
{
    struct stat st;
    int fd = open(file->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= (off_t)FILE_MAX &&
        files->bytes + (size_t)st.st_size <= FILES_MAX && (!files->leaves || may_leave(file->name, &st))) {
        file->text = alloc_resize(NULL, (size_t)st.st_size, 1);
        file->size = read_all(fd, file->text, (size_t)st.st_size);
    }
    close(fd);
}

static void find_lines(struct file *file)
{
    uint32_t capacity = 0;
    for (uint32_t at = 0; at < file->size;) {
        ALLOC_GROW(file->starts, file->count, capacity);
        file->starts[file->count++] = at;
        const char *end = memchr(file->text + at, '\n', file->size - at);
        at = end ? (uint32_t)(end - file->text) + 1 : file->size;
    }
}

struct wanted {
    const struct source_files *files;
    const char *name;
};

static bool same_name(uint32_t value, const void *data)
{
    const struct wanted *w = data;
    return strcmp(w->files->at[value].name, w->name) == 0;
}

static const struct file *find(struct source_files *files, const char *name)
{
    struct wanted wanted = {files, name};
    uint64_t key = hash_bytes(name, strlen(name), 0);
    uint32_t index;
    if (map_find(&files->known, key, same_name, &wanted, &index))
        return &files->at[index];
    struct file file = {.name = alloc_format("%s", name)};
    read_text(files, &file);
    find_lines(&file);
    files->bytes += file.size + file.count * sizeof *file.starts;
    ALLOC_GROW(files->at, files->count, files->capacity);
    files->at[files->count] = file;
    map_add(&files->known, key, files->count);
    return &files->at[files->count++];
}

static char *copy_line(const struct file *file, uint32_t index)
{
    const char *text = file->text + file->starts[index];
    size_t length = (index + 1 < file->count ? file->starts[index + 1] : file->size) - file->starts[index];
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    if (length <= SOURCE_WIDTH)
        return alloc_format("%.*s", (int)length, text);
    length = SOURCE_WIDTH;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) /* not within a character */
        length--;
    return alloc_format("%.*s...", (int)length, text);
}

bool source_read(struct source_files *files, const char *name, uint32_t line, uint32_t before, uint32_t after,
                 struct source_lines *ret)
{
    const struct file *file = name && name[0] == '/' && line ? find(files, name) : NULL;
    *ret = (struct source_lines){.first = line > before ? line - before : 1};
    if (!file || line > file->count)
        return false;
    for (uint32_t i = ret->first - 1; i < file->count && i < line + after && ret->count < SOURCE_LINES; i++)
        ret->lines[ret->count++] = copy_line(file, i);
    return true;
}

void source_finish(struct source_lines *lines)
{
    for (uint32_t i = 0; i < lines->count; i++)
        free(lines->lines[i]);
    lines->count = 0;
}
