#include "exporter/base/path.h"

#include <string.h>

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
