/* Prints how often memory was asked for while statements ran: known ones, new ones from new places, in a new thread. To be
 * preloaded with malloc_watch.so. */
#include "../hostile/trap.h"

#include <pthread.h>

#include "malloc_watch.h"

static void show(const char *what)
{
    long all, of_agent;

    malloc_watch_end(&all, &of_agent);
    printf("%s: %ld, of the agent %ld\n", what, all, of_agent);
}

static void *run(void *argument)
{
    trap_lookup(argument, 3); /* whatever a thread needs for the first time */
    malloc_watch_begin();
    trap_lookup(argument, 1000);
    show("in a thread");
    return NULL;
}

int main(void)
{
    sqlite3 *db = trap_open();
    pthread_t thread;

    trap_lookup(db, 10);
    trap_exec(db, "SELECT 1", 1, 1);
    malloc_watch_begin();
    trap_lookup(db, 10000);
    show("known statements");
    malloc_watch_begin();
    for (int i = 0; i < 2000; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "SELECT 1 AS c%d", i);
        trap_run(db, sql);
        trap_exec(db, sql, 1, 1);
    }
    show("new statements");
    pthread_create(&thread, NULL, run, db);
    pthread_join(thread, NULL);
    sqlite3_close(db);
    trap_print();
    return 0;
}
