/* Loads SQLite and uses it in a constructor that runs before the agent's. */
#include <dlfcn.h>
#include <stdlib.h>

#include "early_library.h"

void *early_database;
void *early_library;
int (*early_exec)(void *, const char *, void *, void *, void *);

__attribute__((constructor)) static void begin(void)
{
    int (*open)(const char *, void **);

    early_library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    if (!early_library)
        abort();
    *(void **)&open = dlsym(early_library, "sqlite3_open");
    *(void **)&early_exec = dlsym(early_library, "sqlite3_exec");
    if (!open || !early_exec || open(":memory:", &early_database) != 0 ||
        early_exec(early_database, "CREATE TABLE t (a)", NULL, NULL, NULL) != 0)
        abort();
}
