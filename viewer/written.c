#include "viewer/written.h"

#include <errno.h>
#include <unistd.h>

/* What was in the way of an earlier write is in the way of another byte, which does no more harm. */
static int cause_of(int descriptor)
{
    errno = 0;
    return write(descriptor, "\n", 1) < 0 && errno ? errno : EIO;
}

int written_flush(FILE *out)
{
    errno = 0;
    if (fflush(out) != 0)
        return errno ? errno : EIO;
    return ferror(out) ? cause_of(fileno(out)) : 0;
}

int written_close(FILE *out)
{
    int error = written_flush(out);
    errno = 0;
    if (fclose(out) != 0 && !error)
        error = errno ? errno : EIO;
    return error;
}
