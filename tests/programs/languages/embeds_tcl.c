/* A program that keeps its interpreter for itself: libtcl by dlopen with RTLD_LOCAL, started long after the first connection. Its
 * script calls a command of the program, which asks SQLite, and asks itself; the program asks before, while the interpreter is
 * idle, in a fork's child, and after the interpreter is gone. Without Tcl's headers.
 *
 * And what has the name of a package's function and is none (foreign_package.c) is found and called, by the program and by Tcl.
 */
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "find.h"

typedef double foreign_fn(int count, double first, ...);

static sqlite3 *db;
static long executions;

static void lookup(long id)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(db, "SELECT v FROM t WHERE id = ?", -1, &stmt, NULL) != SQLITE_OK)
        exit(99);
    sqlite3_bind_int64(stmt, 1, id);
    executions++;
    while (sqlite3_step(stmt) == SQLITE_ROW)
        continue;
    sqlite3_finalize(stmt);
}

static int query(void *data, void *interp, int count, void *const words[])
{
    lookup(count);
    return 0;
}

static void own_loop(void)
{
    for (int i = 0; i < 10; i++)
        lookup(i);
}

static const char script[] = "package require sqlite3\n"
                             "sqlite3 own :memory:\n"
                             "proc ask {i} {\n"
                             "    query $i\n"
                             "}\n"
                             "proc from_script {} {\n"
                             "    for {set i 0} {$i < 30} {incr i} {\n"
                             "        ask $i\n"
                             "    }\n"
                             "}\n";

/* 0: as it should be. */
static int call_foreign(void *handle, void *interp, const char *path)
{
    void *(*new_string)(const char *, int), *module = dlopen(path, RTLD_NOW | RTLD_LOCAL), *loaded, *name;
    int (*load_file)(void *, void *, const char *const[], int, void *, void **);
    const char *const names[] = {"Sqlite3_Init", "Pgtcl_SafeInit", NULL};
    foreign_fn *functions[2];
    Dl_info info;

    *(void **)&new_string = find(handle, "Tcl_NewStringObj");
    *(void **)&load_file = find(handle, "Tcl_LoadFile");
    if (!module || !dladdr(find(module, "Sqlite3_Init"), &info) || info.dli_saddr != find(module, "Sqlite3_Init") ||
        dlsym(module, "Sqlite3_SafeInit") || !dlerror() || dlerror())
        return 1;
    name = new_string(path, -1);
    ++*(int *)name; /* Tcl_IncrRefCount */
    if (load_file(interp, name, names, 0, functions, &loaded) != 0)
        return 2;
    for (int i = 0; i < 2; i++) {
        if (functions[i](8, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0) != 36.5 + i)
            return 3;
    }
    return 0;
}

int main(int argc, char **argv)
{
    void *handle = argc > 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL, *interp;
    void (*find_executable)(const char *), *(*create_interp)(void), (*delete_interp)(void *);
    void *(*create_command)(void *, const char *, int (*)(void *, void *, int, void *const[]), void *, void *);
    int (*eval)(void *, const char *, int, int), (*init)(void *), status;
    pid_t child;

    if (!handle) {
        fprintf(stderr, "%s\n", argc > 2 ? dlerror() : "which libtcl, and which module?");
        return 99;
    }
    if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
        sqlite3_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)", NULL, NULL, NULL))
        return 99;
    executions++;
    own_loop();
    *(void **)&find_executable = find(handle, "Tcl_FindExecutable");
    *(void **)&create_interp = find(handle, "Tcl_CreateInterp");
    *(void **)&delete_interp = find(handle, "Tcl_DeleteInterp");
    *(void **)&create_command = find(handle, "Tcl_CreateObjCommand");
    *(void **)&eval = find(handle, "Tcl_EvalEx");
    *(void **)&init = find(handle, "Tcl_Init");
    find_executable(argv[0]);
    interp = create_interp();
    create_command(interp, "query", query, NULL, NULL);
    if (init(interp) || eval(interp, script, -1, 0))
        return 99;
    own_loop();
    if (eval(interp, "from_script", -1, 0))
        return 99;
    fflush(stdout);
    child = fork();
    if (child == 0) {
        executions = 0;
        own_loop();
        if (eval(interp, "from_script", -1, 0))
            _exit(99);
        delete_interp(interp);
        own_loop();
        printf("%ld\n", executions);
        fflush(stdout);
        exit(0);
    }
    if (waitpid(child, &status, 0) != child || status)
        return 99;
    status = call_foreign(handle, interp, argv[2]);
    if (status) {
        fprintf(stderr, "foreign function: %d\n", status);
        return 98;
    }
    delete_interp(interp);
    own_loop();
    sqlite3_close(db);
    printf("%ld\n", executions);
    return 0;
}
