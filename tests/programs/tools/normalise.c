/* Reads statements, each ended by a zero byte, and prints the normalised text of each on a line. The first argument names the
 * dialect, if it is not the generic one. */
#include <stdio.h>
#include <string.h>

#include "agent/sql/fingerprint.h"

int main(int argc, char **argv)
{
    static const struct sql_dialect *const dialects[] = {&dialect_generic, &dialect_sqlite, &dialect_postgresql};
    const struct sql_dialect *dialect = dialects[0];
    static struct fingerprint fingerprint;
    static char text[1 << 20];
    size_t length = 0;
    int c;

    for (size_t i = 0; argc > 1 && i < sizeof dialects / sizeof *dialects; i++) {
        if (strcmp(argv[1], dialects[i]->name) == 0)
            dialect = dialects[i];
    }
    while ((c = getchar()) != EOF) {
        if (c != 0) {
            if (length < sizeof text)
                text[length++] = (char)c;
            continue;
        }
        fingerprint_compute(dialect, text, length, &fingerprint);
        printf("%.*s\n", (int)fingerprint.text_length, fingerprint.text);
        length = 0;
    }
    return 0;
}
