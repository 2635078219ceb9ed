/* A copy of a library inside of a file that the file calls directly: found as the agent finds it, in the file laid out as the
 * loader would.
 *
 * Reads files, runs nothing; nothing that the file says is trusted. One thread at a time. */
#ifndef NPLUS1_VIEWER_DOCTOR_INSIDE_HIDDEN_H
#define NPLUS1_VIEWER_DOCTOR_INSIDE_HIDDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DOCTOR_EXPORTED_MAX 16 /* functions of a library that is looked for by their names */

struct copies_hidden; /* agent/loading/copies_kind.h */

struct doctor_hidden {
    bool is_found, is_reached; /* the agent can have its calls come to it */
    bool is_late;              /* no more of them than the steps (agent/patching/late) */
    char version[32], source[128];
    char why[256]; /* why it is not reached */
};

/* Of SQLite, without names. */
void doctor_hidden_look(const char *path, struct doctor_hidden *ret);

/* Of a library whose functions the file exports: offsets are those of its functions, by their numbers, 0: it has none. */
void doctor_hidden_look_exported(const char *path, const struct copies_hidden *library, const uint64_t *offsets, size_t count,
                                 struct doctor_hidden *ret);

#endif
