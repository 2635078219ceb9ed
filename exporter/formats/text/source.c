#include "exporter/formats/text/source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/formats/printable.h"

#define SOURCE_MAX ((off_t)16 << 20) /* no source file is longer; a recording can name any file */

static FILE *open_source(const char *file)
{
    struct stat st;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return NULL;
    FILE *source = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= SOURCE_MAX ? fdopen(fd, "r") : NULL;
    if (!source)
        close(fd);
    return source;
}

void text_write_source(const struct text *t, const char *file, uint32_t line, size_t indent)
{
    FILE *source = file && file[0] == '/' && line ? open_source(file) : NULL;
    if (!source)
        return;
    char *words = NULL;
    size_t size = 0;
    ssize_t length;
    for (uint32_t at = 1; at <= line + 1 && (length = getline(&words, &size, source)) >= 0; at++) {
        if (at + 1 < line)
            continue;
        while (length > 0 && (words[length - 1] == '\n' || words[length - 1] == '\r'))
            words[--length] = '\0';
        bool here = at == line;
        size_t room = t->options->width > indent + 30 ? t->options->width - indent - 11 : 30;
        text_style(t, here ? TEXT_BOLD : TEXT_DIM);
        fprintf(t->out, "%*s%c %5u |%s", (int)indent, "", here ? '>' : ' ', at, *words ? " " : "");
        /* Tabs in front keep their width. */
        const char *rest = words;
        for (; *rest == '\t' && room > 4; rest++, room -= 4)
            fputs("    ", t->out);
        printable_write(t->out, rest, room);
        text_style(t, TEXT_PLAIN);
        putc('\n', t->out);
    }
    free(words);
    fclose(source);
}
