/* Loads a module and has it run. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    void *module = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL, *symbol = module ? dlsym(module, "run") : NULL;
    int (*run)(void);

    if (!symbol) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    memcpy(&run, &symbol, sizeof run);
    printf("%d\n", run());
    return 0;
}
