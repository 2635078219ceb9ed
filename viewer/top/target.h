/* Which recordings the live view shows. */
#ifndef NPLUS1_VIEWER_TOP_TARGET_H
#define NPLUS1_VIEWER_TOP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/model/model.h"

struct target {
    char *path;        /* a recording or a directory */
    size_t recordings; /* of the last look */
    bool has_looked;
};

/* what: a process' number, a recording, a directory; NULL: the working directory. Complains and returns false when there is no
 * such thing, or the process has no recording. */
bool target_find(const char *what, struct target *ret);

/* A new look; NULL: there is no recording so far. */
struct model *target_load(struct target *target);

void target_finish(struct target *target);

#endif
