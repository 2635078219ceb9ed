/* Libraries that come at run time, in several copies, and go again. This program itself is linked with no SQLite. The modules lie
 * beside it: plugin.so, and plugin_other.so which is linked with a second copy of the library under another name. */
#include <dlfcn.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "by_name.h"

static long executions, rows_less;

#define MUST(condition)                                                                                                          \
    do {                                                                                                                         \
        if (!(condition)) {                                                                                                      \
            fprintf(stderr, "%s: %s\n", __func__, #condition);                                                                   \
            exit(99);                                                                                                            \
        }                                                                                                                        \
    } while (0)

struct module {
    void *handle;
    int (*begin)(void);
    int (*lookup)(int);
    long long (*memory)(void);
    void *(*statement)(void);
    int (*run_statement)(void *);
    int (*open)(const char *, void **);
    int (*close)(void *);
    int (*exec)(const char *);
    int (*step)(void *);
    int (*value)(void *);
    int (*finalize)(void *);
    int (*end)(void);
};

/* A file beside this program, or by its path. */
static const char *path_of(const char *name)
{
    static char path[PATH_MAX + 64];
    char self[PATH_MAX] = {0};

    MUST(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    snprintf(path, sizeof path, "%s/%s", dirname(self), name);
    return strchr(name, '/') ? name : path;
}

static void *load_file(const char *name, int flags)
{
    const char *path = path_of(name);
    void *handle;

    handle = dlopen(path, RTLD_NOW | flags);
    if (!handle) {
        fprintf(stderr, "%s\n", dlerror());
        exit(99);
    }
    return handle;
}

static struct module load(const char *name, int flags)
{
    struct module module = {.handle = load_file(name, flags)};

    *(void **)&module.begin = dlsym(module.handle, "plugin_begin");
    *(void **)&module.lookup = dlsym(module.handle, "plugin_lookup");
    *(void **)&module.memory = dlsym(module.handle, "plugin_memory");
    *(void **)&module.statement = dlsym(module.handle, "plugin_statement");
    *(void **)&module.run_statement = dlsym(module.handle, "plugin_run_statement");
    *(void **)&module.open = dlsym(module.handle, "plugin_open");
    *(void **)&module.close = dlsym(module.handle, "plugin_close");
    *(void **)&module.exec = dlsym(module.handle, "plugin_exec");
    *(void **)&module.step = dlsym(module.handle, "plugin_step");
    *(void **)&module.value = dlsym(module.handle, "plugin_value");
    *(void **)&module.finalize = dlsym(module.handle, "plugin_finalize");
    *(void **)&module.end = dlsym(module.handle, "plugin_end");
    MUST(dlerror() == NULL);
    return module;
}

static void look_up(const struct module *module, int times)
{
    executions += times;
    MUST(module->lookup(times) == 0);
}

static void use(const char *name, int flags)
{
    struct module module = load(name, flags);

    MUST(module.begin() == 0);
    look_up(&module, 10);
    MUST(module.end() == 0);
    MUST(dlclose(module.handle) == 0);
}

static void local(void)
{
    use("plugin.so", RTLD_LOCAL);
}

static void global(void)
{
    use("plugin.so", RTLD_GLOBAL);
}

static void driver_with_tail_calls(void)
{
    use("plugin_tail.so", RTLD_LOCAL);
}

static void loaded_again_and_again(void)
{
    for (int i = 0; i < 50; i++) {
        use(i % 3 ? "plugin.so" : "plugin_other.so", RTLD_LOCAL);
        free(malloc((size_t)i * 1000)); /* so that what is mapped next is mapped elsewhere */
    }
}

/* Each time its library comes to another address, where something else may be when it has gone. */
static void loaded_at_ever_other_addresses(void)
{
    for (int i = 0; i < 80; i++) {
        const char *name = i % 3 ? "plugin.so" : "plugin_other.so";
        struct module module = load(name, RTLD_LOCAL);
        void *library = dlopen(i % 3 ? "libsqlite3.so.0" : "libsqlite9.so.0", RTLD_NOW | RTLD_NOLOAD);
        Dl_info where;

        MUST(library && dladdr(dlsym(library, "sqlite3_libversion_number"), &where));
        dlclose(library);
        MUST(module.begin() == 0);
        look_up(&module, 3);
        MUST(module.end() == 0);
        MUST(dlclose(module.handle) == 0);
        mmap(where.dli_fbase, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    }
}

static void copy_file(const char *from, const char *to)
{
    static char bytes[1 << 16];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    size_t length;

    MUST(in && out);
    while ((length = fread(bytes, 1, sizeof bytes, in)) > 0)
        MUST(fwrite(bytes, 1, length, out) == length);
    MUST(fclose(out) == 0);
    fclose(in);
}

/* Modules that have the library inside, by names of their own. */
static void forty_copies_at_once(void)
{
    struct module modules[40];
    char copy[64];

    for (int i = 0; i < 40; i++) {
        snprintf(copy, sizeof copy, "./copy%d.so", i);
        copy_file(path_of("plugin_embeds.so"), copy);
        modules[i] = load(copy, RTLD_LOCAL);
        unlink(copy);
        MUST(modules[i].begin() == 0);
    }
    for (int i = 0; i < 40; i++)
        look_up(&modules[i], 5);
    for (int i = 0; i < 40; i++)
        MUST(modules[i].end() == 0);
}

static void read_a_row(const struct module *module)
{
    void *stmt = module->statement();

    executions++;
    MUST(module->step(stmt) == 100 && module->value(stmt) == 1);
    MUST(module->step(stmt) == 101 && module->finalize(stmt) == 0);
}

/* Each copy has a heap of its own: what one of them holds does not change when the other is used. */
static void two_copies(const char *one, const char *other)
{
    struct module a = load(one, RTLD_LOCAL), b = load(other, RTLD_LOCAL);

    MUST(a.begin != b.begin);
    MUST(a.begin() == 0);
    MUST(a.memory() > 0 && b.memory() == 0);
    MUST(b.begin() == 0);
    for (int i = 0; i < 100; i++) {
        long long held = b.memory();
        look_up(&a, 1 + i % 3);
        MUST(b.memory() == held);
        held = a.memory();
        look_up(&b, 1 + i % 5);
        MUST(a.memory() == held);
    }
    read_a_row(&a);
    read_a_row(&b);
    MUST(a.end() == 0 && a.memory() == 0 && b.memory() > 0);
    look_up(&b, 5);
    MUST(b.end() == 0 && b.memory() == 0);
}

static void two_copies_at_once(void)
{
    two_copies("plugin.so", "plugin_other.so");
}

static void two_copies_behind_tail_calls(void)
{
    two_copies("plugin_tail.so", "plugin_other_tail.so");
}

/* The modules make their calls in tail position, of what they pass nothing is theirs: while there are two copies, the agent
 * cannot tell whose connection it would be, and none is opened. */
static void nobody_can_tell_which_copy(void)
{
    struct module a = load("plugin_tail.so", RTLD_LOCAL), b;
    void *db, *other;

    MUST(a.open(":memory:", &db) == 0);
    b = load("plugin_other_tail.so", RTLD_LOCAL);
    other = NULL;
    if (b.open(":memory:", &other) == 0) {
        MUST(b.memory() > 0);
        MUST(b.close(other) == 0);
    }
    MUST(a.close(db) == 0);
    MUST(dlclose(b.handle) == 0);
    MUST(a.open(":memory:", &db) == 0);
    MUST(a.close(db) == 0);
    use("plugin.so", RTLD_LOCAL);
}

static void deep_binding(void)
{
    use("plugin.so", RTLD_LOCAL | RTLD_DEEPBIND);
}

static void functions_by_name(void)
{
    struct by_name sqlite;

    by_name_find(&sqlite, dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL));
    MUST(sqlite.open(":memory:", &sqlite.db) == 0);
    executions += 50;
    MUST(by_name_lookup(&sqlite, 50) == 0);
    MUST(sqlite.close(sqlite.db) == 0);
}

static void two_copies_by_name(void)
{
    struct module module = load("plugin.so", RTLD_LOCAL); /* knows the first copy without asking for names */
    struct by_name a, b;

    by_name_find(&a, dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL));
    by_name_find(&b, load_file("libsqlite9.so.0", RTLD_LOCAL));
    MUST(a.open != b.open && a.step != b.step);
    MUST(module.begin() == 0);
    MUST(b.memory() == 0);
    MUST(b.open(":memory:", &b.db) == 0 && b.memory() > 0);
    MUST(a.open(":memory:", &a.db) == 0);
    for (int i = 0; i < 100; i++) {
        long long held = b.memory();
        executions += 1 + i % 3;
        MUST(by_name_lookup(&a, 1 + i % 3) == 0 && b.memory() == held);
        look_up(&module, 2);
        MUST(b.memory() == held);
        held = a.memory();
        executions += 1 + i % 5;
        MUST(by_name_lookup(&b, 1 + i % 5) == 0 && a.memory() == held);
    }
    MUST(b.close(b.db) == 0 && b.memory() == 0);
    MUST(a.close(a.db) == 0 && module.end() == 0 && a.memory() == 0);
}

/* What is not there without the agent is not there with it, and what failed is told as ever. */
static void names_that_are_not_there(void)
{
    void *library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL), *program = dlopen(NULL, RTLD_NOW);

    MUST(!dlsym(RTLD_DEFAULT, "sqlite3_open") && strstr(dlerror(), "sqlite3_open"));
    MUST(!dlsym(RTLD_NEXT, "PQconnectdb") && strstr(dlerror(), "PQconnectdb"));
    MUST(!dlsym(program, "sqlite3_open") && strstr(dlerror(), "sqlite3_open"));
    MUST(!dlsym(library, "PQconnectdb") && strstr(dlerror(), "PQconnectdb"));
    MUST(dlsym(library, "sqlite3_open") && !dlerror());
    MUST(dlsym(library, "sqlite3_open") == dlsym(library, "sqlite3_open"));
    MUST(dlsym(RTLD_DEFAULT, "strlen") == dlsym(program, "strlen"));
    MUST(!dlopen("no-such-library.so", RTLD_NOW | RTLD_DEEPBIND) && strstr(dlerror(), "no-such-library.so"));
    MUST(!dlopen("no-such-library.so", 0));
    use("plugin.so", RTLD_LOCAL);
}

/* Between what failed and the question why, the program calls what we interpose, each for the first time. */
static void a_message_of_the_loader_waits_for_its_reader(void)
{
    void *library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
    struct pollfd nobody = {.fd = -1};
    struct sigaction action;
    struct by_name sqlite;
    char byte;

    by_name_find(&sqlite, library);
    MUST(sqlite.open(":memory:", &sqlite.db) == 0);
    MUST(!dlopen("no-such-library.so", RTLD_NOW));
    MUST(close(-1) != 0 && read(-1, &byte, 1) < 0 && write(-1, &byte, 1) < 0 && dup2(-1, 3) < 0 && fcntl(-1, F_GETFD) < 0);
    MUST(poll(&nobody, 1, 0) == 0 && connect(-1, NULL, 0) != 0 && signal(SIGUSR1, SIG_IGN) == SIG_DFL);
    MUST(sigaction(SIGBUS, NULL, &action) == 0 && sigaction(SIGUSR2, NULL, &action) == 0);
    executions += 5; /* the first statement of the process among them */
    MUST(by_name_lookup(&sqlite, 5) == 0);
    MUST(strstr(dlerror(), "no-such-library.so"));
    MUST(!dlerror());
    MUST(sqlite.close(sqlite.db) == 0);
}

static void the_library_itself_loaded_globally(void)
{
    struct by_name sqlite;
    void *program = dlopen(NULL, RTLD_NOW);

    MUST(dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_GLOBAL));
    by_name_find(&sqlite, program);
    MUST(dlsym(RTLD_DEFAULT, "sqlite3_open"));
    MUST(sqlite.open(":memory:", &sqlite.db) == 0);
    executions += 5;
    MUST(by_name_lookup(&sqlite, 5) == 0);
    MUST(sqlite.close(sqlite.db) == 0);
    use("plugin.so", RTLD_LOCAL);
}

/* The paths that are searched are those of the module that calls. */
static void runpath_and_origin_of_the_caller(void)
{
    void *(*load_by_name)(const char *);
    struct by_name sqlite;
    void *library;

    *(void **)&load_by_name = dlsym(load_file("loads_by_name.so", RTLD_LOCAL), "load_by_runpath");
    library = load_by_name("libsqlite9.so.0");
    MUST(library && load_by_name("$ORIGIN/plugin.so"));
    MUST(!dlopen("libsqlite9-not.so.0", RTLD_NOW));
    by_name_find(&sqlite, library);
    MUST(sqlite.open(":memory:", &sqlite.db) == 0);
    executions += 4;
    MUST(by_name_lookup(&sqlite, 4) == 0);
    MUST(sqlite.close(sqlite.db) == 0);
}

/* The module's own calls are executions, those of the library inside of it are not. */
static void a_module_that_has_the_library_inside(void)
{
    struct module module = load("plugin_embeds.so", RTLD_LOCAL);

    MUST(module.begin() == 0);
    look_up(&module, 20);
    MUST(module.exec("CREATE VIRTUAL TABLE texts USING fts5(words); INSERT INTO texts VALUES ('one two'), ('two three')") == 0);
    MUST(module.exec("INSERT INTO texts VALUES ('three'); DELETE FROM texts WHERE words = 'three'") == 0);
    executions += 4;
    rows_less += 4;
    look_up(&module, 20);
    MUST(module.exec("SELECT * FROM texts WHERE words MATCH 'two'") == 0);
    executions += 1;
    rows_less -= 1;
    MUST(module.end() == 0);
}

static void one_copy_goes_while_the_other_stays(void)
{
    struct module b = load("plugin_other.so", RTLD_LOCAL);

    MUST(b.begin() == 0);
    for (int i = 0; i < 20; i++) {
        use("plugin.so", RTLD_LOCAL);
        look_up(&b, 3);
    }
    MUST(b.end() == 0);
}

/* A statement that outlives other libraries' coming and going. */
static void a_statement_across_dlclose(void)
{
    struct module a = load("plugin.so", RTLD_LOCAL);

    MUST(a.begin() == 0);
    void *stmt = a.statement();
    MUST(stmt);
    for (int i = 0; i < 20; i++) {
        executions++;
        MUST(a.run_statement(stmt) == 0);
        use("plugin_other.so", RTLD_LOCAL);
    }
}

static void *thread(void *argument)
{
    for (int i = 0; i < 20; i++)
        MUST(((struct module *)argument)->lookup(10) == 0);
    return NULL;
}

static void threads_while_libraries_come_and_go(void)
{
    struct module a = load("plugin.so", RTLD_LOCAL);
    pthread_t threads[4];

    MUST(a.begin() == 0);
    for (int i = 0; i < 4; i++)
        MUST(pthread_create(&threads[i], NULL, thread, &a) == 0);
    for (int i = 0; i < 20; i++)
        use("plugin_other.so", RTLD_LOCAL);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    executions += 4 * 20 * 10;
    MUST(a.end() == 0);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } traps[] = {
        {"local", local},
        {"global", global},
        {"driver_with_tail_calls", driver_with_tail_calls},
        {"loaded_again_and_again", loaded_again_and_again},
        {"loaded_at_ever_other_addresses", loaded_at_ever_other_addresses},
        {"forty_copies_at_once", forty_copies_at_once},
        {"two_copies_at_once", two_copies_at_once},
        {"two_copies_behind_tail_calls", two_copies_behind_tail_calls},
        {"nobody_can_tell_which_copy", nobody_can_tell_which_copy},
        {"deep_binding", deep_binding},
        {"functions_by_name", functions_by_name},
        {"two_copies_by_name", two_copies_by_name},
        {"names_that_are_not_there", names_that_are_not_there},
        {"a_message_of_the_loader_waits_for_its_reader", a_message_of_the_loader_waits_for_its_reader},
        {"the_library_itself_loaded_globally", the_library_itself_loaded_globally},
        {"runpath_and_origin_of_the_caller", runpath_and_origin_of_the_caller},
        {"a_module_that_has_the_library_inside", a_module_that_has_the_library_inside},
        {"one_copy_goes_while_the_other_stays", one_copy_goes_while_the_other_stays},
        {"a_statement_across_dlclose", a_statement_across_dlclose},
        {"threads_while_libraries_come_and_go", threads_while_libraries_come_and_go},
    };

    for (size_t i = 0; argc == 2 && i < sizeof traps / sizeof *traps; i++) {
        if (strcmp(argv[1], "--list") == 0) {
            puts(traps[i].name);
        } else if (strcmp(argv[1], traps[i].name) == 0) {
            traps[i].run();
            printf("{\"executions\": %ld, \"rows\": %ld, \"errors\": 0}\n", executions, executions - rows_less);
            return 0;
        }
    }
    return argc == 2 && strcmp(argv[1], "--list") == 0 ? 0 : 98;
}
