#include "exporter/symbols/go/generated.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/base/file.h"

#define SOURCE_MOST (UINT32_C(8) << 20) /* bytes */

/* // Code generated ... DO NOT EDIT. */
static bool is_mark(const char *line, size_t length)
{
    static const char begin[] = "// Code generated ", end[] = " DO NOT EDIT.";
    size_t most = sizeof begin - 1 + sizeof end - 1;

    if (length && line[length - 1] == '\r')
        length--;
    return length >= most - 1 && strncmp(line, begin, sizeof begin - 1) == 0 &&
           memcmp(line + length - (sizeof end - 1), end, sizeof end - 1) == 0;
}

static bool has_mark(const char *source)
{
    static const char package[] = "package ";

    for (const char *line = source; strncmp(line, package, sizeof package - 1) != 0;) {
        size_t length = strcspn(line, "\n");
        if (is_mark(line, length))
            return true;
        if (!line[length])
            break;
        line += length + 1;
    }
    return false;
}

bool generated_is(struct generated *generated, struct text_pool *pool, const char *file)
{
    uintptr_t key = (uintptr_t)text_intern_string(pool, file);
    uint32_t is = 0;
    bool added;

    if (!map_find(&generated->files, key, NULL, NULL, &is)) {
        size_t length;
        char *source = file_read(file, SOURCE_MOST, &length);
        is = map_intern(&generated->files, key, source && has_mark(source), &added);
        free(source);
    }
    return is != 0;
}

void generated_finish(struct generated *generated)
{
    map_finish(&generated->files);
}
