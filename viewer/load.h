/* From the paths of a command line to a model. */
#ifndef NPLUS1_VIEWER_LOAD_H
#define NPLUS1_VIEWER_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/model/model.h"

/* A list of recordings; zero-initialise. */
struct load_paths {
    char **at;
    size_t count;
    size_t capacity;
    bool is_quiet; /* nothing is said of recordings that cannot be read or are damaged */
};

/* Adds a recording, or every *.pb of a directory by name. Complains and returns false when there is none. */
bool load_add(struct load_paths *paths, const char *path);

/* Adds the recordings PATH.PID of processes that were given the same name as the one of PATH. */
void load_add_beside(struct load_paths *paths, const char *path);

/* Whether it is a directory without a recording. */
bool load_is_empty(const char *path);

/* Adds the newest *.pb of the working directory. */
bool load_add_newest(struct load_paths *paths);

/* Adds what the names of a command line stand for (none: the newest of the working directory); what is not there is complained
 * about, and *status becomes EXIT_TROUBLE. */
void load_find(struct load_paths *paths, char **names, int count, int *status);

void load_paths_finish(struct load_paths *paths);

/* The model of what the paths name (none: the newest of the working directory). What cannot be read is complained about, and
 * *status becomes EXIT_TROUBLE; NULL when nothing could be. */
struct model *load_model(char **paths, int count, int *status);

/* Complains about the names whose model lacks what other processes of the same name recorded; its notes say so, too. */
void load_warn_of_others(char **names, int count);

/* Loads a finished list. */
struct model *load_model_from(const struct load_paths *paths, int *status);

#endif
