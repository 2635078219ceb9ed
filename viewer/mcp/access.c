#include "viewer/mcp/access.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"

static struct {
    char **at;
    size_t count, capacity;
    bool all;
} allowed;

void access_allow(const char *path)
{
    char *real = realpath(path, NULL);
    if (!real)
        return;
    ALLOC_GROW(allowed.at, allowed.count, allowed.capacity);
    allowed.at[allowed.count++] = real;
}

void access_allow_all(void)
{
    allowed.all = true;
}

bool access_is_allowed(const char *path)
{
    char *real = realpath(path, NULL);
    bool is = allowed.all;
    for (size_t i = 0; real && i < allowed.count && !is; i++)
        is = strcmp(real, allowed.at[i]) == 0 || path_is_below(real, allowed.at[i]);
    free(real);
    return is;
}
