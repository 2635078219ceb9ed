/* Loads the module that it is given with RTLD_DEEPBIND, and prints whose functions it has. Arguments: lazy or now, the module's
 * path. */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

const char *helper_name(void);

const char *helper_name(void)
{
    return "the program's";
}

int main(int argc, char **argv)
{
    void *module = argc > 2 ? dlopen(argv[2], (strcmp(argv[1], "now") == 0 ? RTLD_NOW : RTLD_LAZY) | RTLD_DEEPBIND) : NULL;
    const char *(*name)(void);
    int (*poll)(void), (*read)(void), (*lookup)(int);

    if (!module) {
        printf("%s\n", dlerror());
        return 1;
    }
    *(void **)&name = dlsym(module, "module_name");
    *(void **)&poll = dlsym(module, "module_poll");
    *(void **)&read = dlsym(module, "module_read");
    *(void **)&lookup = dlsym(module, "module_lookup");
    printf("%s: poll %d, read %d, look-ups %d\n", name(), poll(), read(), lookup(10));
    return 0;
}
