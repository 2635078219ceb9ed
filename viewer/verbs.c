#include "viewer/verbs.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/terminal.h"
#include "viewer/words/suggestion.h"
#include "viewer/written.h"

const struct verb *const verbs[] = {
    &verb_run,  &verb_report, &verb_check,  &verb_top, &verb_diff, &verb_export,
    &verb_dump, &verb_info,   &verb_doctor, &verb_mcp, NULL,
};

#define OPTIONS_MAX 16
#define HELP_COLUMN 23

/* Values of the options that every verb has. */
enum { HELP = VERB_OPTION_DONE + 1, COLOR };

const struct verb_option verbs_common_options[] = {
    {COLOR, "color", "WHEN", "auto (default), always or never; NO_COLOR and CLICOLOR_FORCE are honoured", false},
    {HELP, "help", NULL, "this text", false},
    {0},
};

static void write_option(const struct verb_option *o)
{
    char letter[8] = "";
    char head[64];
    if (o->name && verb_option_has_letter(o))
        snprintf(letter, sizeof letter, "-%c, ", (char)o->value);
    if (o->name)
        snprintf(head, sizeof head, "  %s--%s%s%s%s%s", letter, o->name, o->may_stand_alone ? "[" : "", o->argument ? "=" : "",
                 o->argument ? o->argument : "", o->may_stand_alone ? "]" : "");
    else
        snprintf(head, sizeof head, "  %s", o->argument);
    printf("%-*s", HELP_COLUMN, head);
    if (strlen(head) >= HELP_COLUMN)
        printf("\n%*s", HELP_COLUMN, "");
    for (const char *line = o->help; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        printf("%*s%.*s\n", line == o->help ? 0 : HELP_COLUMN, "", (int)strcspn(line, "\n"), line);
}

int verb_help(const struct verb *verb)
{
    printf("usage: nplus1 %s %s\n\n%s\n\n", verb->name, verb->synopsis, verb->summary);
    for (const struct verb_option *o = verb->options; o->help; o++)
        write_option(o);
    for (const struct verb_option *o = verbs_common_options; o->help; o++)
        write_option(o);
    if (verb->add_help)
        verb->add_help(stdout);
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

/* The tables as getopt_long takes them. */
struct getopt_tables {
    struct option options[OPTIONS_MAX + 1];
    size_t count;
    char letters[2 * OPTIONS_MAX + 4];
};

static void add_options(struct getopt_tables *tables, const struct verb_option *options)
{
    char *letter = tables->letters + strlen(tables->letters);
    for (const struct verb_option *o = options; o->help; o++) {
        if (!o->name || tables->count == OPTIONS_MAX)
            continue;
        int takes = !o->argument ? no_argument : o->may_stand_alone ? optional_argument : required_argument;
        tables->options[tables->count++] = (struct option){o->name, takes, NULL, o->value};
        if (verb_option_has_letter(o)) {
            *letter++ = (char)o->value;
            if (o->argument)
                *letter++ = ':';
        }
    }
}

static int complain_about_option(const struct verb *verb, const struct getopt_tables *tables, bool missing, const char *word)
{
    bool letter = optopt > 0 && optopt < 128 && strncmp(word, "--", 2) != 0;
    char name[3] = {'-', (char)(letter ? optopt : '?'), '\0'};
    missing = missing || (letter && strchr(tables->letters, optopt));
    for (const struct option *o = tables->options; !letter && optopt != 0 && o->name; o++) {
        if (o->val == optopt && o->has_arg == no_argument)
            return verb_misused(verb, "option --%s takes no value", o->name);
        missing = missing || (o->val == optopt && o->has_arg == required_argument);
    }
    if (missing || letter)
        return verb_misused(verb, missing ? "option %s needs a value" : "unknown option %s", letter ? name : word);
    word += strspn(word, "-");
    struct suggestion s = suggestion_of_part(word, strcspn(word, "="));
    for (const struct option *o = tables->options; o->name; o++)
        suggestion_offer(&s, o->name);
    char *meant = suggestion_words(&s, "--");
    int status = verb_misused(verb, "unknown option --%s%s", word, meant);
    free(meant);
    return status;
}

int verb_option(const struct verb *verb, int argc, char **argv, int *status)
{
    struct getopt_tables tables = {.count = 0};
    strcpy(tables.letters, verb->ends_at_argument ? "+:h" : ":h"); /* -h as everywhere; the help does not list it */
    add_options(&tables, verb->options);
    add_options(&tables, verbs_common_options);
    for (;;) {
        opterr = 0;
        int before = optind;
        int option = getopt_long(argc, argv, tables.letters, tables.options, NULL);
        switch (option) {
        case HELP:
        case 'h':
            *status = verb_help(verb);
            return VERB_OPTION_DONE;
        case COLOR:
            if (!terminal_set_color(optarg)) {
                *status = verb_misused(verb, "--color=%s: is not auto, always or never", optarg);
                return VERB_OPTION_DONE;
            }
            continue;
        case '?':
        case ':':
            /* Behind what it takes for an argument getopt has gone on; amid letters it has not. */
            *status = complain_about_option(verb, &tables, option == ':', argv[optind > before ? optind - 1 : before]);
            return VERB_OPTION_DONE;
        default:
            return option;
        }
    }
}

int verb_finish(int status)
{
    int lost = complain_lost(); /* which a line of stderr has come behind since */
    int error = written_flush(stdout);
    error = error && lost ? lost : error;
    bool was_left = error && terminal_was_left();
    terminal_end_pager();
    if (error && !was_left)
        return complain("standard output", "%s", strerror(error));
    return status;
}
