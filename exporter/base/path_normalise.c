#include <string.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"

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
