#include "viewer/complain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "exporter/formats/printable.h"

static int lost_by; /* errno of the first write to stdout that failed here; 0: none */

int complain_lost(void)
{
    return lost_by;
}

int complain(const char *what, const char *why, ...)
{
    va_list args;
    char *words = NULL;
    va_start(args, why);
    if (vasprintf(&words, why, args) < 0)
        words = NULL;
    va_end(args);
    if (fflush(stdout) != 0 && lost_by == 0)
        lost_by = errno;
    fputs("nplus1: ", stderr);
    printable_write(stderr, what, 0);
    fputs(": ", stderr);
    printable_write(stderr, words ? words : why, 0);
    putc('\n', stderr);
    free(words);
    return EXIT_TROUBLE;
}
