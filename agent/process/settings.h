/* Settings from the environment, read once by the constructor (later getenv may fail: PHP has changed it by then).
 *
 * A program that the kernel calls secure (AT_SECURE: set-user-id, capabilities of a file) is left alone, whatever they say.
 *
 * A wrong value is reported once on stderr (when the first statement runs), and the default used. Read-only after settings_read;
 * any thread.
 */
#ifndef NPLUS1_AGENT_PROCESS_SETTINGS_H
#define NPLUS1_AGENT_PROCESS_SETTINGS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"

struct settings {
    bool disabled;
    bool hidden; /* copies of libraries without names are looked for and patched */
    bool capture_values;
    uint64_t threshold;
    uint64_t max_stream;         /* bytes */
    uint64_t max_memory;         /* bytes */
    uint64_t max_files;          /* recordings that are kept in a directory; 0: all */
    bool output_directory;       /* NPLUS1_OUTPUT is one, which is made when it is not there */
    char directory[PATH_MAX];    /* the working directory at the start, by which interpreters name scripts; empty: unknown */
    char suppressions[PATH_MAX]; /* absolute path of NPLUS1_SUPPRESSIONS; empty: none */
    char output[PATH_MAX];       /* absolute pattern; empty when it cannot be made absolute */
};

extern HIDDEN struct settings settings;

void settings_read(void);

/* Says on stderr, once and in one line, which settings could not be used. The recording lock is held. */
void settings_complain(void);

/* settings.output with %e, %p and %t replaced (and %% for a percent sign). False when the result is too long. program is the last
 * component of the executable's path, cut to `most` bytes; start is in the format of %t, see recording.c. */
bool settings_output_path(const char *program, size_t most, uint64_t pid, const char *start, char *path, size_t size);

#endif
