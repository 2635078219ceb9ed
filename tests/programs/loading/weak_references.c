/* Asks by weak references which libraries are there. Paths that are given: a module that asks the same, and one that brings a
 * library and runs a statement. */
#include <dlfcn.h>
#include <stdio.h>

extern int sqlite3_step(void *stmt) __attribute__((weak));
extern int sqlite3_prepare_v2(void *db, const char *sql, int bytes, void **stmt, const char **tail) __attribute__((weak));
extern void *PQexec(void *conn, const char *query) __attribute__((weak));
extern int weak_library_asks(void);

static int at_start; /* before the agent's constructor too */

__attribute__((constructor)) static void look(void)
{
    at_start = (sqlite3_step != 0) + 2 * (PQexec != 0);
}

static void ask_module(const char *path)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    int (*asks)(void);

    if (module && (*(void **)&asks = dlsym(module, "weak_library_asks")))
        printf("a module's answer %d\n", asks());
}

static void run_module(const char *path)
{
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    int (*begin)(void), (*lookup)(int), (*end)(void);

    if (!module) {
        printf("%s\n", dlerror());
        return;
    }
    *(void **)&begin = dlsym(module, "plugin_begin");
    *(void **)&lookup = dlsym(module, "plugin_lookup");
    *(void **)&end = dlsym(module, "plugin_end");
    printf("module %d", begin());
    printf(" %d", lookup(10));
    printf(" %d\n", end());
}

int main(int argc, char **argv)
{
    printf("%d %d %d, at start %d, library %d\n", sqlite3_step != 0, sqlite3_prepare_v2 != 0, PQexec != 0, at_start,
           weak_library_asks());
    printf("by name %d %d\n", dlsym(RTLD_DEFAULT, "sqlite3_step") != NULL, dlsym(RTLD_DEFAULT, "PQexec") != NULL);
    for (int i = 1; i + 1 < argc; i += 2) {
        ask_module(argv[i]);
        run_module(argv[i + 1]);
        ask_module(argv[i]);
    }
    return 0;
}
