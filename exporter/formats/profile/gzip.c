#include "exporter/formats/profile/gzip.h"

#ifdef HAVE_ZLIB
#include <limits.h>
#include <stdlib.h>
#include <sys/types.h>
#include <zlib.h>

#include "exporter/base/alloc.h"

#define GZIP_WINDOW (15 + 16) /* a header of gzip instead of zlib's own */
#define MEMORY      8         /* zlib's default */

struct gzip {
    FILE *out;
    z_stream z;
};

static void compress_to(struct gzip *gzip, const char *bytes, size_t size, int flush)
{
    unsigned char piece[16384];
    gzip->z.next_in = (z_const Bytef *)bytes;
    gzip->z.avail_in = (uInt)size;
    do {
        gzip->z.next_out = piece;
        gzip->z.avail_out = sizeof piece;
        deflate(&gzip->z, flush);
        fwrite(piece, 1, sizeof piece - gzip->z.avail_out, gzip->out);
    } while (gzip->z.avail_out == 0);
}

static ssize_t write_some(void *cookie, const char *bytes, size_t size)
{
    size_t some = size < INT_MAX ? size : INT_MAX;
    compress_to(cookie, bytes, some, Z_NO_FLUSH);
    return (ssize_t)some;
}

static int end(void *cookie)
{
    struct gzip *gzip = cookie;
    compress_to(gzip, NULL, 0, Z_FINISH);
    deflateEnd(&gzip->z);
    free(gzip);
    return 0;
}

FILE *gzip_open(FILE *out)
{
    static const cookie_io_functions_t functions = {.write = write_some, .close = end};
    struct gzip *gzip = alloc_zeroed(1, sizeof *gzip);
    gzip->out = out;
    if (deflateInit2(&gzip->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        alloc_failed();
    FILE *stream = fopencookie(gzip, "w", functions);
    if (!stream)
        alloc_failed();
    return stream;
}
#else
FILE *gzip_open(FILE *out)
{
    return NULL;
}
#endif
