#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/formats/formats.h"
#include "viewer/load.h"
#include "viewer/verbs.h"

struct settings {
    const struct format *format;
    const char *path; /* NULL: standard output */
    struct format_options options;
};

static bool set_weight(struct format_options *options, const char *word)
{
    options->weigh_by_time = strcmp(word, "time") == 0;
    return options->weigh_by_time || strcmp(word, "executions") == 0;
}

static int complain_about_format(const struct verb *verb, const char *name)
{
    char *names = NULL;
    size_t size;
    FILE *out = open_memstream(&names, &size);
    for (const struct format *format = formats; out && format->name; format++)
        fprintf(out, "%s%s", format == formats ? "" : ", ", format->name);
    if (out)
        fclose(out);
    int status = name ? verb_misused(verb, "unknown format '%s'; known are %s", name, names ? names : "none")
                      : verb_misused(verb, "name a format with -f; known are %s", names ? names : "none");
    free(names);
    return status;
}

static int write_file(const struct model *model, const struct settings *settings)
{
    FILE *out = fopen(settings->path, "we");
    if (!out)
        return complain(settings->path, "%s; name another file", strerror(errno));
    settings->format->write(model, &settings->options, out);
    bool failed = ferror(out) != 0;
    errno = 0;
    failed = fclose(out) != 0 || failed;
    return failed ? complain(settings->path, "%s", strerror(errno ? errno : EIO)) : EXIT_FINE;
}

static int load_and_export(const struct settings *settings, int argc, char **argv)
{
    int status = EXIT_FINE;
    struct model *model = load_model(argv, argc, &status);
    if (!model)
        return status;
    if (settings->path) {
        int written = write_file(model, settings);
        status = written != EXIT_FINE ? written : status;
    } else {
        settings->format->write(model, &settings->options, stdout);
    }
    model_destroy(model);
    return verb_finish(status);
}

enum { WEIGHT = VERB_OPTION_OWN };

static const struct verb_option options[] = {
    {0, NULL, "PATH", "a recording or a directory of them; none: the newest *.pb of the working directory", false},
    {'f', "format", "FORMAT", "see below", false},
    {'o', "output", "FILE", "to this file, which is replaced; default: standard output", false},
    {WEIGHT, "weight", "WEIGHT", "of a stack in folded: executions (default), or time in the database in microseconds", false},
    {0},
};

static void add_help(FILE *out)
{
    fputs("\nFormats:\n", out);
    for (const struct format *format = formats; format->name; format++)
        fprintf(out, "  %-8s %s\n", format->name, format->purpose);
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = {.format = NULL};
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1) {
        if (option == VERB_OPTION_DONE)
            return status;
        if (option == 'f' && !(settings.format = formats_find(optarg)))
            return complain_about_format(verb, optarg);
        if (option == WEIGHT && !set_weight(&settings.options, optarg))
            return verb_misused(verb, "--weight=%s: is not executions or time", optarg);
        if (option == 'o')
            settings.path = optarg;
    }
    if (!settings.format)
        return complain_about_format(verb, NULL);
    if (settings.path && !settings.path[0])
        return verb_misused(verb, "option -o needs a file");
    return load_and_export(&settings, argc - optind, argv + optind);
}

const struct verb verb_export = {
    .name = "export",
    .synopsis = "-f FORMAT [-o FILE] [--weight WEIGHT] [PATH ...]",
    .summary = "Writes the report in a format of other tools.",
    .options = options,
    .add_help = add_help,
    .run = run,
};
