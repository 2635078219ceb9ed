/* Goes on with a connection that was opened before the agent's constructor ran. */
#include <dlfcn.h>
#include <stdio.h>

#include "early_library.h"

int main(void)
{
    int (*close)(void *);
    int result = 0;

    for (int i = 0; i < 7; i++)
        result |= early_exec(early_database, "INSERT INTO t VALUES (1)", NULL, NULL, NULL);
    *(void **)&close = dlsym(early_library, "sqlite3_close");
    printf("{\"executions\": 7, \"rows\": 0, \"errors\": 0}\n");
    return result | close(early_database) | (dlsym(early_library, "sqlite3_no_such_thing") != NULL) | (dlerror() == NULL);
}
