#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exporter/base/alloc.h"
#include "exporter/formats/formats.h"
#include "exporter/formats/review/markdown.h"
#include "viewer/export/endpoint.h"
#include "viewer/export/follow.h"
#include "viewer/export/http.h"
#include "viewer/export/output.h"
#include "viewer/export/send.h"
#include "viewer/load.h"
#include "viewer/verbs.h"
#include "viewer/words/suggestion.h"

#define INTERVAL_S   5
#define INTERVAL_MAX 86400

struct settings {
    const struct format *format;
    const char *path; /* NULL: standard output, or a collector */
    bool to_stdout;   /* -o - */
    const char *root; /* as given */
    const char *state;
    bool follows;
    unsigned interval_s;
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
    struct suggestion s = suggestion_of(name ? name : "");
    for (const struct format *format = formats; out && format->name; format++) {
        fprintf(out, "%s%s", format == formats ? "" : ", ", format->name);
        suggestion_offer(&s, format->name);
    }
    if (out)
        fclose(out);
    char *meant = suggestion_words(&s, "");
    int status = name ? verb_misused(verb, "unknown format '%s'%s; known are %s", name, meant, names ? names : "none")
                      : verb_misused(verb, "name a format with -f; known are %s", names ? names : "none");
    free(meant);
    free(names);
    return status;
}

static bool set_number(const char *text, unsigned long least, unsigned long most, unsigned long *ret)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    bool fine = text[0] >= '0' && text[0] <= '9' && !*end && errno == 0 && number >= least && number <= most;
    if (fine)
        *ret = number;
    return fine;
}

static bool is_sent(const struct settings *settings)
{
    return !settings->path && !settings->to_stdout && settings->format->is_sent && endpoint_is_named();
}

/* Takes over the error. */
static int complain_about(const char *what, char *error)
{
    int status = error ? complain(what, "%s", error) : EXIT_FINE;
    free(error);
    return status;
}

static int send_once(const struct settings *settings, const struct model *model)
{
    struct endpoint endpoint;
    if (!endpoint_begin(&endpoint))
        return EXIT_TROUBLE;
    int status = complain_about(endpoint.url, send_findings(&endpoint, model, &settings->options, NULL, true));
    endpoint_finish(&endpoint);
    return status;
}

static int export_once(const struct settings *settings, int argc, char **argv)
{
    int status = EXIT_FINE;
    int written = EXIT_FINE;
    struct model *model = load_model(argv, argc, &status);
    if (!model)
        return status;
    if (settings->path)
        written = complain_about(settings->path, output_write(settings->path, model, settings->format, &settings->options));
    else if (is_sent(settings))
        written = send_once(settings, model);
    else
        settings->format->write(model, &settings->options, stdout);
    model_destroy(model);
    return verb_finish(written != EXIT_FINE ? written : status);
}

/* Where a collector's state is kept unless it is said: beside the recordings. */
static int follow(const struct settings *settings, int argc, char **argv)
{
    char *beside = alloc_format("%s/nplus1-export.json", argv[0]);
    struct follow f = {
        .format = settings->format,
        .options = &settings->options,
        .output = settings->path,
        .state = settings->state ? settings->state : beside,
        .paths = argv,
        .path_count = argc,
        .interval_s = settings->interval_s,
    };
    int status = follow_run(&f);
    free(beside);
    return status;
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static int check_follow(const struct verb *verb, const struct settings *settings, int argc, char **argv)
{
    if (argc != 1 || !is_directory(argv[0]))
        return verb_misused(verb, "--follow needs one directory");
    if (settings->path || is_sent(settings))
        return EXIT_FINE;
    return settings->format->is_sent
               ? verb_misused(verb, "--follow needs a collector's URL in OTEL_EXPORTER_OTLP_ENDPOINT, or -o FILE")
               : verb_misused(verb, "--follow needs -o FILE with %s", settings->format->name);
}

static int check(const struct verb *verb, const struct settings *settings, int argc, char **argv)
{
    if (!settings->format)
        return complain_about_format(verb, NULL);
    if (settings->path && !settings->path[0])
        return verb_misused(verb, "option -o needs a file");
    if (is_sent(settings) && !http_is_there())
        return complain("export", HTTP_MISSING);
    if (settings->follows)
        return check_follow(verb, settings, argc, argv);
    if (settings->format->is_binary && !settings->path && !is_sent(settings) && isatty(STDOUT_FILENO))
        return complain("export", "%s is no text for a terminal; name a file with -o", settings->format->name);
    return EXIT_FINE;
}

enum { WEIGHT = VERB_OPTION_OWN, ROOT, LIMIT, FOLLOW, INTERVAL, STATE };

static const struct verb_option options[] = {
    {0, NULL, "PATH", "a recording or a directory of them; none: the newest *.pb of the working directory", false},
    {'f', "format", "FORMAT", "see below", false},
    {'o', "output", "FILE", "to this file, which is replaced; default: standard output", false},
    {ROOT, "root", "DIRECTORY", "files below it are named relative to it; default: the working directory", false},
    {WEIGHT, "weight", "WEIGHT", "of a stack: executions (default), or time in the database; folded has microseconds", false},
    {LIMIT, "limit", "BYTES", "of a comment in markdown; default: 65536, which GitHub takes", false},
    {FOLLOW, "follow", NULL, "go on until SIGINT or SIGTERM: PATH is a directory, what is new in it is sent or written", false},
    {INTERVAL, "interval", "SECONDS", "between two looks of --follow; default: 5", false},
    {STATE, "state", "FILE", "remembers what a collector has; default: nplus1-export.json in the directory", false},
    {0},
};

static void add_help(FILE *out)
{
    fputs("\nFormats:\n", out);
    for (const struct format *format = formats; format->name; format++)
        fprintf(out, "  %-11s %s\n", format->name, format->purpose);
    fputs("\notlp without -o goes to the collector of OTEL_EXPORTER_OTLP_ENDPOINT, when that is set.\n", out);
}

static int set_option(const struct verb *verb, struct settings *settings, int option)
{
    unsigned long number = 0;
    switch (option) {
    case 'f':
        settings->format = formats_find(optarg);
        return settings->format ? EXIT_FINE : complain_about_format(verb, optarg);
    case 'o':
        settings->to_stdout = strcmp(optarg, "-") == 0;
        settings->path = settings->to_stdout ? NULL : optarg;
        return EXIT_FINE;
    case WEIGHT:
        return set_weight(&settings->options, optarg) ? EXIT_FINE
                                                      : verb_misused(verb, "--weight=%s: is not executions or time", optarg);
    case LIMIT:
        if (!set_number(optarg, MARKDOWN_LEAST, SIZE_MAX / 2, &number))
            return verb_misused(verb, "--limit=%s: is no number of bytes from %d on", optarg, MARKDOWN_LEAST);
        settings->options.limit = number;
        return EXIT_FINE;
    case INTERVAL:
        if (!set_number(optarg, 1, INTERVAL_MAX, &number))
            return verb_misused(verb, "--interval=%s: is no number of seconds from 1 to %d", optarg, INTERVAL_MAX);
        settings->interval_s = (unsigned)number;
        return EXIT_FINE;
    case ROOT:
        settings->root = optarg;
        return EXIT_FINE;
    case STATE:
        settings->state = optarg;
        return EXIT_FINE;
    default:
        settings->follows = true;
        return EXIT_FINE;
    }
}

/* NULL with a complaint: it is no directory. */
static char *find_root(const char *given)
{
    char *root = given ? realpath(given, NULL) : getcwd(NULL, 0);
    if (given && !root)
        complain(given, "%s; name the directory of the source", strerror(errno));
    return root;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = {.interval_s = INTERVAL_S};
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1) {
        if (option == VERB_OPTION_DONE)
            return status;
        status = set_option(verb, &settings, option);
        if (status != EXIT_FINE)
            return status;
    }
    argc -= optind;
    argv += optind;
    status = check(verb, &settings, argc, argv);
    if (status != EXIT_FINE)
        return status;
    char *root = find_root(settings.root);
    if (settings.root && !root)
        return EXIT_TROUBLE;
    const char *service = getenv("OTEL_SERVICE_NAME");
    settings.options.root = root;
    settings.options.service = service && *service ? service : NULL;
    status = settings.follows ? follow(&settings, argc, argv) : export_once(&settings, argc, argv);
    free(root);
    return status;
}

const struct verb verb_export = {
    .name = "export",
    .synopsis = "-f FORMAT [-o FILE] [OPTION ...] [PATH ...]",
    .summary = "Writes the report in a format of other tools.",
    .options = options,
    .add_help = add_help,
    .run = run,
};
