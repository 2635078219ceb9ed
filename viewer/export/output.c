#include "viewer/export/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/base/alloc.h"
#include "exporter/stream/reader.h"
#include "viewer/written.h"

static char *why(int error)
{
    return alloc_format("%s", strerror(error ? error : EIO));
}

static char *close_written(FILE *out)
{
    int error = written_close(out);
    return error ? why(error) : NULL;
}

/* The option's value was forgotten: the name behind it is that of a recording, which nobody can make again. NULL: it is none. */
static char *spare_recording(const char *path)
{
    const char *error = NULL;
    struct stat st;
    bool may_be = stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
    struct stream_reader *reader = may_be ? stream_reader_open(path, &error) : NULL;
    char *words = reader ? alloc_format("is a recording, which stays as it is; name another file") : NULL;
    stream_reader_destroy(reader);
    return words;
}

char *output_write(const char *path, const struct model *model, const struct format *format, const struct format_options *options)
{
    char *refused = spare_recording(path);
    if (refused)
        return refused;
    FILE *out = fopen(path, "we");
    if (!out)
        return alloc_format("%s; name another file", strerror(errno));
    format->write(model, options, out);
    return close_written(out);
}

static bool has_content(const char *path, const char *bytes, size_t size)
{
    struct stat st;
    FILE *in = fopen(path, "re");
    if (!in)
        return false;
    bool same = fstat(fileno(in), &st) == 0 && (size_t)st.st_size == size;
    char *old = same ? alloc_resize(NULL, size + 1, 1) : NULL;
    same = same && fread(old, 1, size, in) == size && memcmp(old, bytes, size) == 0;
    free(old);
    fclose(in);
    return same;
}

/* As fopen would make it, under another name first. */
static char *replace(const char *path, const char *bytes, size_t size)
{
    char *fresh = alloc_format("%s.new", path);
    int descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    FILE *out = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    char *error = out ? NULL : why(errno);
    if (out) {
        fwrite(bytes, 1, size, out);
        error = close_written(out);
    }
    if (!error && rename(fresh, path) != 0)
        error = why(errno);
    free(fresh);
    return error;
}

char *output_update(const char *path, const struct model *model, const struct format *format,
                    const struct format_options *options)
{
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    if (!out)
        alloc_failed();
    format->write(model, options, out);
    if (fclose(out) != 0)
        alloc_failed();
    char *error = NULL;
    if (!has_content(path, bytes, size)) {
        error = spare_recording(path);
        error = error ? error : replace(path, bytes, size);
    }
    free(bytes);
    return error;
}
