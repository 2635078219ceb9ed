/* Loads a module with SQLite inside of it as often as it is told, calls shop_main of it, and unloads it.
 *
 * shop_host [-t] TIMES MODULE WORDS...: with -t other threads are there all the time.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *wait_for_ever(void *argument)
{
    pause();
    return argument;
}

int main(int argc, char **argv)
{
    bool threads = argc > 1 && strcmp(argv[1], "-t") == 0;
    char **words = argv + threads;
    int result = 0;

    if (argc - threads < 4)
        return 2;
    for (int i = 0; threads && i < 4; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, wait_for_ever, NULL);
    }
    for (int i = 0; i < atoi(words[1]) && result == 0; i++) {
        void *module = dlopen(words[2], RTLD_NOW | RTLD_LOCAL);
        int (*shop_main)(int, char **);
        if (!module) {
            fprintf(stderr, "%s\n", dlerror());
            return 2;
        }
        *(void **)&shop_main = dlsym(module, "shop_main");
        result = shop_main(argc - threads - 2, words + 2);
        dlclose(module);
    }
    return result;
}
