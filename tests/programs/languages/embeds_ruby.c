/* A program that has Ruby inside, as a server's module does: it asks SQLite before Ruby starts, while it is at rest, through a
 * script, and when it has ended. Without Ruby's headers. */
#include <dlfcn.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "find.h"

#define NIL 8 /* Qnil until 3.1; what the script's function returns is not used */

static sqlite3 *db;
static void *handle;
static long (*number_of)(uintptr_t value);

static void lookup(long id)
{
    char sql[100];

    snprintf(sql, sizeof sql, "SELECT v FROM t WHERE id = %ld", id);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        exit(99);
}

static void own_loop(void)
{
    for (int i = 0; i < 10; i++)
        lookup(i);
}

static uintptr_t query(uintptr_t self, uintptr_t id)
{
    (void)self;
    lookup(number_of(id));
    return NIL;
}

static void open_database(void)
{
    if ((db && sqlite3_close(db) != SQLITE_OK) || sqlite3_open(":memory:", &db) != SQLITE_OK ||
        sqlite3_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, v)", NULL, NULL, NULL) != SQLITE_OK)
        exit(99);
}

static int run(int argc, char **argv)
{
    void (*initialize)(int *, char ***), (*define)(const char *, uintptr_t (*)(uintptr_t, uintptr_t), int), *stack = NULL;
    void (*begin_stack)(void *);
    int (*setup)(void), (*cleanup)(int), failed = 0;
    uintptr_t (*evaluate)(const char *, int *);

    *(void **)&initialize = find(handle, "ruby_sysinit");
    *(void **)&begin_stack = find(handle, "ruby_init_stack");
    *(void **)&setup = find(handle, "ruby_setup");
    *(void **)&cleanup = find(handle, "ruby_cleanup");
    *(void **)&define = find(handle, "rb_define_global_function");
    *(void **)&evaluate = find(handle, "rb_eval_string_protect");
    *(void **)&number_of = find(handle, "rb_num2long");
    initialize(&argc, &argv);
    begin_stack(&stack);
    if (setup())
        return 99;
    open_database();
    own_loop();
    define("query", query, 1);
    evaluate("def look(id) = query(id)\ndef from_script = 30.times { |id| look(id) }\nfrom_script\n", &failed);
    own_loop();
    return failed || cleanup(0) ? 99 : 0;
}

int main(int argc, char **argv)
{
    handle = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
    if (!handle) {
        fprintf(stderr, "%s\n", argc > 1 ? dlerror() : "which libruby?");
        return 99;
    }
    open_database();
    own_loop();
    if (run(argc, argv))
        return 99;
    own_loop();
    open_database();
    own_loop();
    return sqlite3_close(db) == SQLITE_OK ? 0 : 99;
}
