/* Loads modules with SQLite inside of them as often as it is told, calls shop_main of each, and unloads them.
 *
 * shop_host [-t|-m] TIMES MODULE WORDS... [-- MODULE WORDS...]...: with -t other threads are there all the time; with -m each
 * module is loaded into a namespace of its own (dlmopen).
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MODULES_MAX 8

struct module {
    char **words;
    int word_count;
    void *handle;
};

static void *wait_for_ever(void *argument)
{
    pause();
    return argument;
}

static bool apart;

static void load(struct module *module)
{
    module->handle = apart ? dlmopen(LM_ID_NEWLM, module->words[0], RTLD_NOW) : dlopen(module->words[0], RTLD_NOW | RTLD_LOCAL);
    if (module->handle)
        return;
    fprintf(stderr, "%s\n", dlerror());
    exit(2);
}

static void call(const struct module *module)
{
    int (*shop_main)(int, char **);

    *(void **)&shop_main = dlsym(module->handle, "shop_main");
    if (shop_main(module->word_count, module->words) != 0)
        exit(2);
}

static size_t read_words(char **words, struct module *modules)
{
    size_t count = 0;

    for (; *words && count < MODULES_MAX; words += *words != NULL) {
        struct module *module = &modules[count++];
        *module = (struct module){.words = words};
        for (; *words && strcmp(*words, "--") != 0; words++)
            module->word_count++;
    }
    return count;
}

int main(int argc, char **argv)
{
    bool threads = argc > 1 && strcmp(argv[1], "-t") == 0;
    struct module modules[MODULES_MAX];
    size_t count, option;

    apart = argc > 1 && strcmp(argv[1], "-m") == 0;
    option = threads || apart;
    if ((size_t)argc < 3 + option)
        return 2;
    count = read_words(argv + 2 + option, modules);
    for (int i = 0; threads && i < 4; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, wait_for_ever, NULL);
    }
    for (int time = 0; time < atoi(argv[1 + option]); time++) {
        for (size_t i = 0; i < count; i++)
            load(&modules[i]);
        for (size_t i = 0; i < count; i++)
            call(&modules[i]);
        for (size_t i = 0; i < count; i++)
            dlclose(modules[i].handle);
    }
    return 0;
}
