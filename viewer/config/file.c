#include "viewer/config/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_INIH
#include <ini.h>
#endif

#include "exporter/base/alloc.h"
#include "viewer/complain.h"

#define SIZE_LIMIT 65536 /* bytes */

struct reading {
    const char *path;
    FILE *file;
    unsigned line; /* from 1 on: of what was read last */
    bool is_fine;
    void (*each)(void *data, const char *section, const char *name, const char *value, unsigned line);
    void *data;
};

#ifdef HAVE_INIH
static void complain_at(struct reading *r, unsigned line, const char *why)
{
    char *where = alloc_format("%s:%u", r->path, line);
    complain(where, "%s", why);
    free(where);
    r->is_fine = false;
}

/* As fgets; what is too long is told and left out, where the library would take the rest for a line of its own. */
static char *next_line(char *buffer, int size, void *data)
{
    struct reading *r = data;
    if (!fgets(buffer, size, r->file))
        return NULL;
    r->line++;
    if (strlen(buffer) == (size_t)size - 1 && buffer[size - 2] != '\n') {
        int c = getc(r->file);
        if (c == EOF || c == '\n')
            return buffer;
        while (c != EOF && c != '\n')
            c = getc(r->file);
        char *why = alloc_format("the line is longer than %d bytes", size - 1);
        complain_at(r, r->line, why);
        free(why);
        strcpy(buffer, "\n");
    }
    return buffer;
}

static int take(void *data, const char *section, const char *name, const char *value)
{
    struct reading *r = data;
    r->each(r->data, section, name, value ? value : "", r->line);
    return 1;
}

static void parse(struct reading *r)
{
    int wrong = ini_parse_stream(next_line, r, take, r);
    if (wrong > 0)
        complain_at(r, (unsigned)wrong, "is neither [SECTION], KEY = VALUE nor a comment; see nplus1(5)");
    else if (wrong < 0 || ferror(r->file))
        complain_at(r, r->line, "cannot be read");
}
#else
static void parse(struct reading *r)
{
    complain(r->path, "cannot be read: this nplus1 was built without libinih; remove it, or build with libinih");
    r->is_fine = false;
}
#endif

bool config_file_read(const char *path, bool follows,
                      void (*each)(void *data, const char *section, const char *name, const char *value, unsigned line),
                      void *data)
{
    struct reading r = {.path = path, .is_fine = true, .each = each, .data = data};
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (follows ? 0 : O_NOFOLLOW));
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return true;
    if (fd < 0) {
        complain(path, "%s; it is left out",
                 errno == ELOOP && !follows ? "is a symbolic link, which could name any file" : strerror(errno));
        return false;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > SIZE_LIMIT) {
        complain(path, "is not a file of at most %d bytes; it is left out", SIZE_LIMIT);
        close(fd);
        return false;
    }
    r.file = fdopen(fd, "r");
    if (!r.file) {
        complain(path, "%s; it is left out", strerror(errno));
        close(fd);
        return false;
    }
    parse(&r);
    fclose(r.file);
    return r.is_fine;
}
