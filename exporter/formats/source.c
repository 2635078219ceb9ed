#include "exporter/formats/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/base/path.h"

#define SIZE_MAX_OF_SOURCE ((off_t)16 << 20)

static bool may_leave(const char *file, const struct stat *st)
{
    char *directory = st->st_mode & (S_IRGRP | S_IROTH) ? NULL : getcwd(NULL, 0);
    bool may = st->st_mode & (S_IRGRP | S_IROTH) || (directory && path_is_below(file, directory));
    free(directory);
    return may;
}

static FILE *open_source(const char *file, bool leaves)
{
    struct stat st;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return NULL;
    bool may = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= SIZE_MAX_OF_SOURCE &&
               (!leaves || may_leave(file, &st));
    FILE *source = may ? fdopen(fd, "r") : NULL;
    if (!source)
        close(fd);
    return source;
}

bool source_read(const char *file, uint32_t line, uint32_t before, uint32_t after, bool leaves, struct source_lines *ret)
{
    FILE *source = file && file[0] == '/' && line ? open_source(file, leaves) : NULL;
    *ret = (struct source_lines){.first = line > before ? line - before : 1};
    if (!source)
        return false;
    char *words = NULL;
    size_t size = 0;
    ssize_t length;
    for (uint32_t at = 1; at <= line + after && (length = getline(&words, &size, source)) >= 0; at++) {
        if (at < ret->first || ret->count == SOURCE_LINES)
            continue;
        while (length > 0 && (words[length - 1] == '\n' || words[length - 1] == '\r'))
            words[--length] = '\0';
        ret->lines[ret->count++] = words;
        words = NULL;
        size = 0;
    }
    free(words);
    fclose(source);
    if (ret->first + ret->count > line)
        return true;
    source_finish(ret);
    return false;
}

void source_finish(struct source_lines *lines)
{
    for (uint32_t i = 0; i < lines->count; i++)
        free(lines->lines[i]);
    lines->count = 0;
}
