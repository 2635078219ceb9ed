/* The verbs of the command line, one file of viewer/verbs each, and their common parts. */
#ifndef NPLUS1_VIEWER_VERBS_H
#define NPLUS1_VIEWER_VERBS_H

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "viewer/complain.h"

/* An option, or with name NULL an argument; the help and the command line's reader are made of these. */
struct verb_option {
    int value;            /* that verb_option returns: the letter, or from VERB_OPTION_OWN on */
    const char *name;     /* without dashes */
    const char *argument; /* "FILE"; NULL: it takes none */
    const char *help;     /* a line, or several with newlines between; NULL ends a table */
    bool may_stand_alone; /* the argument may be left out: --name[=FILE] */
};

struct verb {
    const char *name;
    const char *synopsis; /* the words behind "nplus1 NAME" */
    const char *summary;  /* one line */
    const struct verb_option *options;
    bool ends_at_argument;       /* the first argument ends the options: it is another program's command line */
    void (*add_help)(FILE *out); /* more help behind the options; NULL: none */
    int (*run)(const struct verb *verb, int argc, char **argv); /* argv[0] is the verb; returns the exit status */
};

extern const struct verb verb_run;
extern const struct verb verb_report;
extern const struct verb verb_check;
extern const struct verb verb_diff;
extern const struct verb verb_export;
extern const struct verb verb_dump;
extern const struct verb verb_info;
extern const struct verb verb_doctor;
extern const struct verb verb_mcp;
extern const struct verb verb_top;

/* Options that every verb has; a table like theirs. */
extern const struct verb_option verbs_common_options[];

static inline bool verb_option_has_letter(const struct verb_option *option)
{
    return option->value > 0 && option->value < 128;
}

/* All of them, ended by NULL. */
extern const struct verb *const verbs[];

/* The help of one verb on stdout; returns EXIT_FINE. */
int verb_help(const struct verb *verb);

/* One line about a wrong command line; returns EXIT_TROUBLE. */
int verb_misused(const struct verb *verb, const char *why, ...) __attribute__((format(printf, 2, 3)));

/* Values of options that have no letter. */
enum {
    VERB_OPTION_OWN = 1000, /* the first that a verb can use itself */
    VERB_OPTION_DONE = 2000,
};

/* Reads the next option: its value, -1 at the end, or VERB_OPTION_DONE with the exit status in *status. The argument is in
 * optarg, NULL when there is none; what follows the options begins at optind. Handles --help and --color, which all verbs have.
 */
int verb_option(const struct verb *verb, int argc, char **argv, int *status);

/* To be called after the last output: EXIT_TROUBLE with a message when stdout could not be written, else `status`. */
int verb_finish(int status);

#endif
