/* Libraries that come at run time, in several copies, and go again. This program itself is linked with no SQLite. The modules lie
 * beside it: plugin.so, and plugin_other.so which is linked with a second copy of the library under another name. */
#include <dlfcn.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long executions;

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
    int (*end)(void);
};

static struct module load(const char *name, int flags)
{
    char path[PATH_MAX + 64], self[PATH_MAX] = {0};
    struct module module;

    MUST(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    snprintf(path, sizeof path, "%s/%s", dirname(self), name);
    module.handle = dlopen(path, RTLD_NOW | flags);
    if (!module.handle) {
        fprintf(stderr, "%s\n", dlerror());
        exit(99);
    }
    *(void **)&module.begin = dlsym(module.handle, "plugin_begin");
    *(void **)&module.lookup = dlsym(module.handle, "plugin_lookup");
    *(void **)&module.memory = dlsym(module.handle, "plugin_memory");
    *(void **)&module.statement = dlsym(module.handle, "plugin_statement");
    *(void **)&module.run_statement = dlsym(module.handle, "plugin_run_statement");
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

/* Each copy has a heap of its own: what one of them holds does not change when the other is used. */
static void two_copies_at_once(void)
{
    struct module a = load("plugin.so", RTLD_LOCAL), b = load("plugin_other.so", RTLD_LOCAL);

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
    MUST(a.end() == 0 && a.memory() == 0 && b.memory() > 0);
    look_up(&b, 5);
    MUST(b.end() == 0 && b.memory() == 0);
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
        {"two_copies_at_once", two_copies_at_once},
        {"one_copy_goes_while_the_other_stays", one_copy_goes_while_the_other_stays},
        {"a_statement_across_dlclose", a_statement_across_dlclose},
        {"threads_while_libraries_come_and_go", threads_while_libraries_come_and_go},
    };

    for (size_t i = 0; argc == 2 && i < sizeof traps / sizeof *traps; i++) {
        if (strcmp(argv[1], "--list") == 0) {
            puts(traps[i].name);
        } else if (strcmp(argv[1], traps[i].name) == 0) {
            traps[i].run();
            printf("{\"executions\": %ld, \"rows\": %ld, \"errors\": 0}\n", executions, executions);
            return 0;
        }
    }
    return argc == 2 && strcmp(argv[1], "--list") == 0 ? 0 : 98;
}
