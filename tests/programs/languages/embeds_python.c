/* A program that keeps its interpreter for itself: libpython by dlopen with RTLD_LOCAL, started long after the first connection.
 * Its script calls a function of the program, which asks SQLite; the program asks too, before and after. Without Python's
 * headers. */
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "find.h"

struct method { /* PyMethodDef */
    const char *name;
    void *(*function)(void *self, void *argument);
    int flags; /* METH_O is 8 */
    const char *doc;
};

static sqlite3 *db;
static long executions;

static void *(*long_from)(long);
static long (*long_as)(void *);

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

static void *query(void *self, void *argument)
{
    lookup(long_as(argument));
    return long_from(0);
}

static void own_loop(void)
{
    for (int i = 0; i < 10; i++)
        lookup(i);
}

static const char script[] = "def ask(i):\n"
                             "    query(i)\n"
                             "def from_script():\n"
                             "    for i in range(30):\n"
                             "        ask(i)\n"
                             "from_script()\n";

int main(int argc, char **argv)
{
    static struct method method = {.name = "query", .function = query, .flags = 8};
    void *handle = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    void (*initialize)(int), *(*add_module)(const char *), *(*new_function)(struct method *, void *, void *);
    int (*set)(void *, const char *, void *), (*run)(const char *), (*finalize)(void);

    if (!handle) {
        fprintf(stderr, "%s\n", argc > 1 ? dlerror() : "which libpython?");
        return 99;
    }
    if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
        sqlite3_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)", NULL, NULL, NULL))
        return 99;
    executions++;
    own_loop();
    *(void **)&initialize = find(handle, "Py_InitializeEx");
    *(void **)&finalize = find(handle, "Py_FinalizeEx");
    *(void **)&add_module = find(handle, "PyImport_AddModule");
    *(void **)&new_function = find(handle, "PyCFunction_NewEx");
    *(void **)&set = find(handle, "PyObject_SetAttrString");
    *(void **)&run = find(handle, "PyRun_SimpleString");
    *(void **)&long_from = find(handle, "PyLong_FromLong");
    *(void **)&long_as = find(handle, "PyLong_AsLong");
    initialize(0);
    set(add_module("__main__"), "query", new_function(&method, NULL, NULL));
    sqlite3_close(db);
    if (sqlite3_open(":memory:", &db) != SQLITE_OK ||
        sqlite3_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)", NULL, NULL, NULL))
        return 99;
    executions++;
    if (run(script))
        return 99;
    own_loop();
    finalize();
    own_loop();
    sqlite3_close(db);
    printf("%ld\n", executions);
    return 0;
}
