#include "by_name.h"

#include <dlfcn.h>
#include <stddef.h>

#define ROW  100
#define DONE 101

void by_name_find(struct by_name *ret, void *library)
{
    *(void **)&ret->open = dlsym(library, "sqlite3_open");
    *(void **)&ret->close = dlsym(library, "sqlite3_close");
    *(void **)&ret->prepare = dlsym(library, "sqlite3_prepare_v2");
    *(void **)&ret->bind = dlsym(library, "sqlite3_bind_int");
    *(void **)&ret->step = dlsym(library, "sqlite3_step");
    *(void **)&ret->column = dlsym(library, "sqlite3_column_int");
    *(void **)&ret->reset = dlsym(library, "sqlite3_reset");
    *(void **)&ret->finalize = dlsym(library, "sqlite3_finalize");
    *(void **)&ret->exec = dlsym(library, "sqlite3_exec");
    *(void **)&ret->memory = dlsym(library, "sqlite3_memory_used");
}

int by_name_lookup(struct by_name *sqlite, int times)
{
    int wrong = sqlite->prepare(sqlite->db, "SELECT ?", -1, &sqlite->stmt, NULL) != 0;

    for (int i = 0; i < times; i++) {
        wrong += sqlite->bind(sqlite->stmt, 1, i) != 0;
        wrong += sqlite->step(sqlite->stmt) != ROW || sqlite->column(sqlite->stmt, 0) != i || sqlite->step(sqlite->stmt) != DONE;
        sqlite->reset(sqlite->stmt);
    }
    return wrong + (sqlite->finalize(sqlite->stmt) != 0);
}
