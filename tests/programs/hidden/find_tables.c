/* Looks for SQLite without names in each file that it is given on stdin, a name a line: prints those that have it, and at the end
 * how many there were and how long it took.
 *
 * find_tables -t: how long the search itself took is printed of each file, the least of several times, and the bytes of its
 * segments.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/patching/find.h"
#include "viewer/doctor/inside/hidden.h"

static double now(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

#define TIMES 5

static double least;
static size_t bytes;

bool __real_find_table(const struct image *image, const struct copies_hidden *library, const uintptr_t *after,
                       struct found_table *ret);
bool __wrap_find_table(const struct image *image, const struct copies_hidden *library, const uintptr_t *after,
                       struct found_table *ret);

/* The linker has it called instead (--wrap). */
bool __wrap_find_table(const struct image *image, const struct copies_hidden *library, const uintptr_t *after,
                       struct found_table *ret)
{
    bool found = false;

    least = 1;
    bytes = image->range.end - image->range.start;
    for (int i = 0; i < TIMES; i++) {
        double began = now(CLOCK_THREAD_CPUTIME_ID), took;
        found = __real_find_table(image, library, after, ret);
        took = now(CLOCK_THREAD_CPUTIME_ID) - began;
        least = took < least ? took : least;
    }
    return found;
}

int main(int argc, char **argv)
{
    bool timed = argc > 1 && strcmp(argv[1], "-t") == 0;
    char path[4096];
    size_t count = 0, found = 0;
    double began = now(CLOCK_MONOTONIC);

    while (fgets(path, sizeof path, stdin)) {
        struct doctor_hidden hidden;
        path[strcspn(path, "\n")] = '\0';
        least = 0;
        bytes = 0;
        doctor_hidden_look(path, &hidden);
        count++;
        if (timed)
            printf("%.1f us, %zu bytes: %s\n", least * 1e6, bytes, path);
        found += hidden.is_found;
        if (hidden.is_found)
            printf("%s %s %s%s\n", path, hidden.version, hidden.is_reached ? "reached" : "not reached: ", hidden.why);
    }
    printf("%zu files, %zu with a table, %.1f s\n", count, found, now(CLOCK_MONOTONIC) - began);
    return 0;
}
