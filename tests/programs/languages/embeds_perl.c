/* A program that may run Perl, as exim or a server's module does: the library is there from the start, an interpreter only later,
 * and the keys of threads that the program has made before are its own. It asks SQLite before, then its script does. Without
 * Perl's headers.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "find.h"

#define DEEP                 1024 /* more than Perl's interpreter is long */
#define BLOCKS               400
#define DISCARD_NO_ARGUMENTS (4 | 16) /* G_DISCARD | G_NOARGS: exceptions are not caught */

static sqlite3 *db;

static void ask(const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        exit(99);
}

static void own_loop(void)
{
    char sql[100];

    for (int i = 0; i < 10; i++) {
        snprintf(sql, sizeof sql, "SELECT v FROM t WHERE id = %d", i);
        ask(sql);
    }
}

static void *handle;

/* What has been freed has other contents. */
static void use_memory(void)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        size_t size = 64 + 16 * i;
        void *block = malloc(size);
        if (!block)
            exit(99);
        memset(block, 0x41, size);
    }
}

/* As ExtUtils::Embed writes it: modules with code can be loaded. */
static void begin_loading(void *interpreter)
{
    void *(*new_sub)(void *, const char *, void *, const char *);

    *(void **)&new_sub = find(handle, "Perl_newXS");
    new_sub(interpreter, "DynaLoader::boot_DynaLoader", find(handle, "boot_DynaLoader"), __FILE__);
}

int main(int argc, char **argv, char **environment)
{
    static const char *arguments[] = {"perl", "-e",
                                      "use DBI; my $db = DBI->connect('dbi:SQLite:dbname=:memory:', '', '', {RaiseError => 1});\n"
                                      "$db->do('CREATE TABLE t(id INTEGER PRIMARY KEY, v)');\n"
                                      "sub look { $db->selectall_arrayref('SELECT v FROM t WHERE id = ?', undef, $_[0]) }\n"
                                      "sub from_script { look($_) for 1 .. 30 }\n"
                                      "sub called { look($_) for 1 .. 7 }\n"
                                      "from_script();\n",
                                      NULL};
    static void *own_value[DEEP];
    void *(*allocate)(void), *interpreter;
    void (*initialize)(int *, char ***, char ***), (*construct)(void *);
    int (*parse)(void *, void (*)(void *), int, const char **, char **), (*run)(void *), (*destruct)(void *),
        (*call)(void *, const char *, int);
    void (*release)(void *);
    pthread_key_t key;

    handle = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
    if (!handle) {
        fprintf(stderr, "%s\n", argc > 1 ? dlerror() : "which libperl?");
        return 99;
    }
    for (size_t i = 0; i < DEEP; i++)
        own_value[i] = (void *)own_value;
    if (pthread_key_create(&key, NULL) || pthread_setspecific(key, (void *)own_value) ||
        sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 99;
    ask("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
    own_loop();
    *(void **)&initialize = find(handle, "Perl_sys_init3");
    *(void **)&allocate = find(handle, "perl_alloc");
    *(void **)&construct = find(handle, "perl_construct");
    *(void **)&parse = find(handle, "perl_parse");
    *(void **)&run = find(handle, "perl_run");
    *(void **)&destruct = find(handle, "perl_destruct");
    *(void **)&release = find(handle, "perl_free");
    *(void **)&call = find(handle, "Perl_call_pv");
    initialize(&argc, &argv, &environment);
    interpreter = allocate();
    construct(interpreter);
    if (parse(interpreter, begin_loading, 3, arguments, NULL) || run(interpreter))
        return 99;
    own_loop();
    call(interpreter, "main::called", DISCARD_NO_ARGUMENTS);
    own_loop();
    destruct(interpreter);
    release(interpreter);
    use_memory();
    sqlite3_close(db);
    if (sqlite3_open(":memory:", &db) != SQLITE_OK)
        return 99;
    ask("CREATE TABLE t(id INTEGER PRIMARY KEY, v)");
    own_loop();
    sqlite3_close(db);
    return 0;
}
