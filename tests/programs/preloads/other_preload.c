/* Another guest that interposes SQLite's functions, as profilers do: it counts the steps that come past it. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include <sqlite3.h>

static long steps;

int sqlite3_step(sqlite3_stmt *stmt)
{
    static int (*real)(sqlite3_stmt *);

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "sqlite3_step");
    steps++;
    return real(stmt);
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("OTHER_PRELOAD_COUNT");
    FILE *out = path && steps ? fopen(path, "w") : NULL;

    if (out) {
        fprintf(out, "%ld\n", steps);
        fclose(out);
    }
}
