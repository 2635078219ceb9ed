#include "viewer/run/agent_library.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exporter/base/alloc.h"

#define LIBRARY "libnplus1.so"

/* Takes over the path. */
static char *usable(char *path)
{
    char *real = realpath(path, NULL);
    free(path);
    if (real && access(real, R_OK) == 0 && !strpbrk(real, ": "))
        return real;
    free(real);
    return NULL;
}

char *agent_library_find(void)
{
    static const char *const beside[] = {"../agent/", "../lib/x86_64-linux-gnu/", "../lib64/", "../lib/"};
    char exe[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", exe, sizeof exe - 1);
    char *found = NULL;
    exe[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(exe, '/');
    if (slash)
        slash[1] = '\0';
    if (slash)
        found = usable(alloc_format("%s%s" LIBRARY, exe, beside[0]));
    /* A tree that was moved, or installed with DESTDIR, has its own. */
    for (size_t i = 1; slash && !found && i < sizeof beside / sizeof *beside; i++)
        found = usable(alloc_format("%s%s" LIBRARY, exe, beside[i]));
    if (!found)
        found = usable(alloc_format("%s/" LIBRARY, NPLUS1_LIBDIR));
    return found;
}
