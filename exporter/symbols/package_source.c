#include "exporter/symbols/package_source.h"

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include "exporter/base/alloc.h"
#include "exporter/base/path.h"

/* Of Maven and Gradle, sbt, Ant and an IDE; of a build in a folder beside the sources, one up. */
static const char *const roots[] = {
    "",
    "src/main/java/",
    "src/main/kotlin/",
    "src/main/scala/",
    "src/main/groovy/",
    "src/",
    "src/test/java/",
    "src/test/kotlin/",
    "src/test/scala/",
    "app/src/main/java/",
    "app/src/main/kotlin/",
    "app/",
    "../",
    "../src/",
    "../src/main/java/",
    NULL,
};

char *package_source_find(const char *directory, const char *file)
{
    for (size_t i = 0; roots[i]; i++) {
        char *below = alloc_format("%s%s", roots[i], file);
        char *path = path_normalise(directory, below);
        free(below);
        if (access(path, F_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}
