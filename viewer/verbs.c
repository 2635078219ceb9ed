#include "viewer/verbs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/terminal.h"

const struct verb *const verbs[] = {
    &verb_run, &verb_report, &verb_check, &verb_diff, &verb_dump, &verb_info, &verb_doctor, NULL,
};

int verb_help(const struct verb *verb)
{
    printf("usage: nplus1 %s %s\n\n%s\n\n%s"
           "  --color=WHEN         auto (default), always or never; NO_COLOR and CLICOLOR_FORCE are honoured\n"
           "  --help               this text\n",
           verb->name, verb->synopsis, verb->summary, verb->help);
    return verb_finish(EXIT_FINE);
}

int verb_misused(const struct verb *verb, const char *why, ...)
{
    va_list args;
    char *words = NULL;
    va_start(args, why);
    if (vasprintf(&words, why, args) < 0)
        words = NULL;
    va_end(args);
    complain(verb->name, "%s; see nplus1 %s --help", words ? words : why, verb->name);
    free(words);
    return EXIT_TROUBLE;
}

int verb_option(const struct verb *verb, int argc, char **argv, const char *letters, const struct option *options, int *status)
{
    for (;;) {
        opterr = 0;
        int before = optind;
        int option = getopt_long(argc, argv, letters, options, NULL);
        switch (option) {
        case VERB_OPTION_HELP:
            *status = verb_help(verb);
            return VERB_OPTION_DONE;
        case VERB_OPTION_COLOR:
            if (!terminal_set_color(optarg)) {
                *status = verb_misused(verb, "--color=%s: is not auto, always or never", optarg);
                return VERB_OPTION_DONE;
            }
            continue;
        case '?':
        case ':': {
            bool letter = optopt > 0 && optopt < 128 && argv[before][1] != '-';
            char name[3] = {'-', (char)(letter ? optopt : '?'), '\0'};
            bool missing = option == ':' || (letter && strchr(letters, optopt));
            for (const struct option *o = options; !letter && o->name; o++)
                missing = missing || (optopt != 0 && o->val == optopt && o->has_arg == required_argument);
            const char *which = letter ? name : argv[before < argc ? before : argc - 1];
            *status = verb_misused(verb, missing ? "option %s needs a value" : "option %s is unknown", which);
            return VERB_OPTION_DONE;
        }
        default:
            return option;
        }
    }
}

int verb_finish(int status)
{
    int error = 0;
    errno = 0;
    if (fflush(stdout) != 0)
        error = errno ? errno : EIO;
    else if (ferror(stdout))
        error = EIO;
    terminal_end_pager();
    if (error && !(error == EPIPE && terminal_had_pager()))
        return complain("standard output", "%s", strerror(error));
    return status;
}
