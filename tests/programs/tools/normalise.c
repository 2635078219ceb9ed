/* Reads statements, each ended by a zero byte, and prints the normalised text of each on a line. */
#include <stdio.h>

#include "agent/sql/fingerprint.h"

int main(void)
{
    static struct fingerprint fingerprint;
    static char text[1 << 20];
    size_t length = 0;
    int c;

    while ((c = getchar()) != EOF) {
        if (c != 0) {
            if (length < sizeof text)
                text[length++] = (char)c;
            continue;
        }
        fingerprint_compute(&dialect_generic, text, length, &fingerprint);
        printf("%.*s\n", (int)fingerprint.text_length, fingerprint.text);
        length = 0;
    }
    return 0;
}
