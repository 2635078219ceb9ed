/* The recordings of a run: their names, and which files are that run's. */
#ifndef NPLUS1_VIEWER_RUN_OUTPUT_H
#define NPLUS1_VIEWER_RUN_OUTPUT_H

#include <stdbool.h>

#include "viewer/load.h"

struct run_output {
    char *pattern;            /* for NPLUS1_OUTPUT */
    char *directory;          /* private one to be removed afterwards; NULL: the user keeps the files */
    struct load_paths before; /* what was there already */
};

/* path: what -o said, NULL for a private directory. Complains and returns false when it cannot be used. */
bool run_output_begin(struct run_output *output, const char *path);

/* The recordings that were not there before. */
void run_output_collect(struct run_output *output, struct load_paths *ret);

/* Removes what is private. */
void run_output_end(struct run_output *output);

#endif
