/* Looks for SQLite without names in each file that it is given on stdin, a name a line: prints those that have it, and at the end
 * how many there were and how long it took. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "viewer/doctor/hidden.h"

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void)
{
    char path[4096];
    size_t count = 0, found = 0;
    double began = now();

    while (fgets(path, sizeof path, stdin)) {
        struct doctor_hidden hidden;
        path[strcspn(path, "\n")] = '\0';
        doctor_hidden_look(path, &hidden);
        count++;
        found += hidden.is_found;
        if (hidden.is_found)
            printf("%s %s %s%s\n", path, hidden.version, hidden.is_reached ? "reached" : "not reached: ", hidden.why);
    }
    printf("%zu files, %zu with a table, %.1f s\n", count, found, now() - began);
    return 0;
}
