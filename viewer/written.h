/* Whether all of an output was written, and if not why: stdio forgets the errno of a write before the last one. */
#ifndef NPLUS1_VIEWER_WRITTEN_H
#define NPLUS1_VIEWER_WRITTEN_H

#include <stdio.h>

/* Writes what is left. 0, or an errno. */
int written_flush(FILE *out);

/* The same, and closes it. */
int written_close(FILE *out);

#endif
