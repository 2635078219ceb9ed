/* Exports functions of two of OpenSSL's names that have nothing to do with it: whoever took what they are given for a stream
 * would read where nothing is. */
#include <stdint.h>
#include <stdio.h>

int SSL_write(void *stream, const void *data, int size);
int SSL_read(void *stream, void *data, int size);

static int (*volatile way)(const char *, ...) = printf;

int SSL_write(void *stream, const void *data, int size)
{
    return way("%d bytes of %s to %d\n", size, (const char *)data, (int)(intptr_t)stream);
}

int SSL_read(void *stream, void *data, int size)
{
    (void)data;
    return way("%d bytes from %d\n", size, (int)(intptr_t)stream);
}

int main(void)
{
    SSL_write((void *)1, "text", 4);
    SSL_read((void *)2, NULL, 3);
    return 0;
}
