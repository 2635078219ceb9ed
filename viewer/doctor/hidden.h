/* A copy of SQLite without names inside of a file: found as the agent finds it, in the file laid out as the loader would.
 *
 * Reads files, runs nothing; nothing that the file says is trusted. One thread at a time. */
#ifndef NPLUS1_VIEWER_DOCTOR_HIDDEN_H
#define NPLUS1_VIEWER_DOCTOR_HIDDEN_H

#include <stdbool.h>

struct doctor_hidden {
    bool is_found, is_reached; /* the agent can have its calls come to it */
    bool is_late;              /* no more of them than the steps (agent/patching/late) */
    char version[32], source[128];
    char why[256]; /* why it is not reached */
};

void doctor_hidden_look(const char *path, struct doctor_hidden *ret);

#endif
