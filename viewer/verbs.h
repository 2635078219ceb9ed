/* The verbs of the command line, one file each (cmd_*.c), and what they share. */
#ifndef NPLUS1_VIEWER_VERBS_H
#define NPLUS1_VIEWER_VERBS_H

#include <getopt.h>
#include <stdbool.h>

#include "viewer/complain.h"

struct verb {
    const char *name;
    const char *synopsis;                                       /* what follows "nplus1 NAME" */
    const char *summary;                                        /* one line */
    const char *help;                                           /* the options, a line each */
    int (*run)(const struct verb *verb, int argc, char **argv); /* argv[0] is the verb; returns the exit status */
};

extern const struct verb verb_run;
extern const struct verb verb_report;
extern const struct verb verb_check;
extern const struct verb verb_diff;
extern const struct verb verb_dump;
extern const struct verb verb_info;
extern const struct verb verb_doctor;

/* All of them, ended by NULL. */
extern const struct verb *const verbs[];

/* The help of one verb on stdout; returns EXIT_FINE. */
int verb_help(const struct verb *verb);

/* One line about a wrong command line; returns EXIT_TROUBLE. */
int verb_misused(const struct verb *verb, const char *why, ...) __attribute__((format(printf, 2, 3)));

/* Options that every verb has, for the end of a table of struct option; their values are beyond those of letters. */
enum {
    VERB_OPTION_HELP = 1000,
    VERB_OPTION_COLOR,
    VERB_OPTION_OWN, /* the first that a verb can use itself */
};
#define VERB_COMMON_OPTIONS                                                                                                      \
    {"help", no_argument, NULL, VERB_OPTION_HELP}, {"color", required_argument, NULL, VERB_OPTION_COLOR},                        \
    {                                                                                                                            \
        NULL, 0, NULL, 0                                                                                                         \
    }

/* getopt_long with our errors: the option's value, -1 at the end, or VERB_OPTION_DONE with the exit status in *status. Handles
 * the common options. `letters` as for getopt_long. */
#define VERB_OPTION_DONE 2000
int verb_option(const struct verb *verb, int argc, char **argv, const char *letters, const struct option *options, int *status);

/* To be called after the last output: EXIT_TROUBLE with a message when stdout could not be written, else `status`. */
int verb_finish(int status);

#endif
