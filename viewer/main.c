#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "viewer/verbs.h"
#include "viewer/words/completion.h"
#include "viewer/words/suggestion.h"

static void write_usage(FILE *out)
{
    fputs("usage: nplus1 VERB [OPTION ...] [ARGUMENT ...]\n\n"
          "Finds N+1 queries: which statement runs once for each row of another one, where, and what to do.\n\n",
          out);
    for (const struct verb *const *verb = verbs; *verb; verb++)
        fprintf(out, "  %-8s %s\n", (*verb)->name, (*verb)->summary);
    fputs("\nnplus1 VERB --help tells more; nplus1 --version says which one this is.\n"
          "Exit status: 0 fine; 1 check or diff found something; 2 usage, unreadable input or other trouble.\n",
          out);
}

static const struct verb *find_verb(const char *name)
{
    for (const struct verb *const *verb = verbs; *verb; verb++) {
        if (strcmp((*verb)->name, name) == 0)
            return *verb;
    }
    return NULL;
}

static int complain_about_verb(const char *name)
{
    struct suggestion s = suggestion_of(name);
    for (const struct verb *const *verb = verbs; *verb; verb++)
        suggestion_offer(&s, (*verb)->name);
    char *meant = suggestion_words(&s, "");
    int status = complain(name, "unknown %s%s; see nplus1 --help", name[0] == '-' ? "option" : "verb", meant);
    free(meant);
    return status;
}

int main(int argc, char **argv)
{
    unsetenv("DEBUGINFOD_URLS"); /* symbols come from this machine only */
    if (argc < 2) {
        write_usage(stderr);
        return EXIT_TROUBLE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0) {
        puts("nplus1 " NPLUS1_VERSION);
        return verb_finish(EXIT_FINE);
    }
    if (strcmp(name, "--completion") == 0)
        return argc == 3 && completion_write(argv[2]) ? verb_finish(EXIT_FINE) : complain(name, "name a shell: bash or zsh");
    bool help = strcmp(name, "help") == 0;
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || (help && argc == 2)) {
        write_usage(stdout);
        return verb_finish(EXIT_FINE);
    }
    const struct verb *verb = find_verb(help ? argv[2] : name);
    if (!verb)
        return complain_about_verb(help ? argv[2] : name);
    return help ? verb_help(verb) : verb->run(verb, argc - 1, argv + 1);
}
