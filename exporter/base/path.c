#include "exporter/base/path.h"

#include <string.h>

#include "exporter/base/alloc.h"

char *path_normalise(const char *directory, const char *path)
{
    char *joined = directory && path[0] != '/' ? alloc_format("%s/%s", directory, path) : alloc_format("%s", path);
    bool absolute = joined[0] == '/';
    char *out = joined;
    char *start = joined + absolute;
    char *in = start;
    out = start;
    while (*in) {
        char *slash = strchrnul(in, '/');
        size_t length = (size_t)(slash - in);
        bool last_is_parent = out - start >= 2 && out[-1] == '.' && out[-2] == '.' && (out - start == 2 || out[-3] == '/');
        if (length == 2 && in[0] == '.' && in[1] == '.' && !last_is_parent && (out > start || absolute)) {
            while (out > start && out[-1] != '/')
                out--;
            if (out > start)
                out--;
        } else if (length > 0 && !(length == 1 && in[0] == '.')) {
            if (out > start)
                *out++ = '/';
            memmove(out, in, length);
            out += length;
        }
        in = *slash ? slash + 1 : slash;
    }
    *out = '\0';
    return joined;
}

const char *path_basename(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path;
}

/* Where /bin and the like are links to folders of /usr, a file has two names. */
static const char *without_usr(const char *path)
{
    static const char *const merged[] = {"/bin/", "/sbin/", "/lib", NULL};
    for (size_t i = 0; strncmp(path, "/usr/", strlen("/usr/")) == 0 && merged[i]; i++) {
        if (strncmp(path + strlen("/usr"), merged[i], strlen(merged[i])) == 0)
            return path + strlen("/usr");
    }
    return path;
}

bool path_is_same(const char *a, const char *b)
{
    return strcmp(without_usr(a), without_usr(b)) == 0;
}

bool path_is_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || (length == 1 && path[0] == '/'));
}

const char *path_shown(const char *path, const char *directory)
{
    if (!directory || directory[0] != '/' || !directory[1] || !path_is_below(path, directory))
        return path;
    const char *rest = path + strlen(directory);
    while (rest > path && rest[-1] == '/')
        rest--;
    return *rest == '/' && rest[1] ? rest + 1 : path;
}

static bool below_any(const char *path, const char *const *directories)
{
    for (; *directories; directories++) {
        if (path_is_below(path, *directories))
            return true;
    }
    return false;
}

bool path_is_system_library(const char *path)
{
    static const char *const directories[] = {"/usr/lib", "/lib",         "/usr/lib64",   "/lib64",     "/usr/lib32",
                                              "/lib32",   "/usr/libexec", "/usr/include", "/usr/share", "/usr/local/lib",
                                              NULL};
    return below_any(path, directories);
}

bool path_is_system_program(const char *path)
{
    static const char *const directories[] = {"/usr/bin", "/bin", "/usr/sbin", "/sbin", NULL};
    return below_any(path, directories);
}
