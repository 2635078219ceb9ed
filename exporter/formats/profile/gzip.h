/* A stream that compresses into another one. One thread at a time. */
#ifndef NPLUS1_EXPORTER_FORMATS_PROFILE_GZIP_H
#define NPLUS1_EXPORTER_FORMATS_PROFILE_GZIP_H

#include <stdio.h>

/* fclose() of it ends the compressed data and leaves `out` open; errors stay in `out`. No time and no name are written, so that
 * the same input gives the same bytes. NULL: this was built without zlib. */
FILE *gzip_open(FILE *out);

#endif
