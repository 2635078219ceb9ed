#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "viewer/check/rules.h"
#include "exporter/formats/printable.h"
#include "exporter/formats/line.h"
#include "exporter/base/alloc.h"
#include "viewer/load.h"
#include "viewer/check/suppression_write.h"
#include "viewer/verbs.h"
#include "viewer/written.h"
#include "exporter/model/names.h"
#include "exporter/model/kind.h"

struct settings {
    struct check_rules *rules;
    bool generate;    /* write suppressions, not findings */
    const char *path; /* where to; NULL: standard output */
};

/* A file that is there may have been written by hand: it is never changed. */
static FILE *create(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file)
        return file;
    complain(path, errno == EEXIST ? "%s; name a new file, or leave it out and append the output with >>" : "%s",
             strerror(errno));
    if (fd >= 0)
        close(fd);
    return NULL;
}

static int finish(FILE *file, const char *path)
{
    int error = written_close(file);
    return error ? complain(path, "%s", strerror(error)) : EXIT_FINE;
}

static int generate(const struct model *model, const struct settings *settings, const bool *failing, uint32_t count,
                    const struct text_options *options)
{
    FILE *out = settings->path ? create(settings->path) : stdout;
    if (!out)
        return EXIT_TROUBLE;
    for (uint32_t i = 0; i < model->finding_count; i++) {
        if (failing[i])
            suppression_write(model, &model->findings[i], options, out);
    }
    int status = settings->path ? finish(out, settings->path) : EXIT_FINE;
    if (status == EXIT_FINE && count > 0)
        complain("check", "%u of %u findings suppressed from now on", count, model->finding_count);
    return status;
}

static int check(const struct model *model, const struct settings *settings)
{
    uint32_t counts[4] = {0};
    bool *failing = alloc_zeroed(model->finding_count, sizeof *failing);
    char *directory = getcwd(NULL, 0);
    struct text_options options = {.width = 200, .directory = directory};
    for (uint32_t i = 0; i < model->finding_count; i++) {
        enum check_answer answer = check_rules_ask(settings->rules, model, &model->findings[i]);
        counts[answer]++;
        failing[i] = answer == CHECK_FAILS;
        if (failing[i] && !settings->generate)
            text_write_line(model, &model->findings[i], &options, stdout);
    }
    if (!settings->generate)
        check_rules_tell_moved(settings->rules, model, failing);
    check_rules_warn_unused(settings->rules);
    check_rules_warn_allowances(model);
    check_rules_warn_left_out(model);
    int status = counts[CHECK_FAILS] ? EXIT_FOUND : EXIT_FINE;
    if (settings->generate)
        status = generate(model, settings, failing, counts[CHECK_FAILS], &options);
    else if (counts[CHECK_FAILS])
        complain("check", "%u of %u findings to fix (%u suppressed, %u in the baseline, %u not asked for)", counts[CHECK_FAILS],
                 model->finding_count, counts[CHECK_SUPPRESSED], counts[CHECK_KNOWN], counts[CHECK_BELOW]);
    free(directory);
    free(failing);
    return status;
}

static int load_and_check(const struct settings *settings, int argc, char **argv)
{
    int status = EXIT_FINE;
    struct model *model = load_model(argv, argc, &status);
    if (!model)
        return status;
    load_warn_of_others(argv, argc);
    int found = check(model, settings);
    model_destroy(model);
    return verb_finish(status == EXIT_FINE ? found : status);
}

enum { FAIL_ON = VERB_OPTION_OWN, BASELINE, SUPPRESSIONS, GENERATE };

static const struct verb_option options[] = {
    {0, NULL, "PATH", "a recording or a directory of them; none: the newest *.pb of the working directory", false},
    {FAIL_ON, "fail-on", "LIST",
     "findings that count, with commas between: CONFIDENCE (possible, likely, proven: any kind, at\n"
     "least so sure), KIND (at least likely) or KIND:CONFIDENCE; setup: those of migrations that are a package's\n"
     "alone, too; default: likely",
     false},
    {BASELINE, "baseline", "PATH", "an earlier report --json, a recording or a directory: its findings do not count", false},
    {SUPPRESSIONS, "suppressions", "FILE", "a line each: a signature, or kind=GLOB file=GLOB function=GLOB statement=GLOB",
     false},
    {GENERATE, "gen-suppressions", "FILE",
     "writes the findings that count as lines for --suppressions, to a new file or standard output,\n"
     "and exits with status 0",
     true},
    {0},
};

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = {.rules = check_rules_create()};
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1 && option != VERB_OPTION_DONE) {
        char *wrong = option == FAIL_ON ? check_rules_fail_on(settings.rules, optarg) : NULL;
        if (wrong)
            status = verb_misused(verb, "--fail-on: %s", wrong);
        else if ((option == BASELINE && !check_rules_baseline(settings.rules, optarg)) ||
                 (option == SUPPRESSIONS && !check_rules_suppressions(settings.rules, optarg)))
            status = EXIT_TROUBLE;
        free(wrong);
        if (status != EXIT_FINE)
            break;
        if (option == GENERATE) {
            settings.generate = true;
            settings.path = optarg;
        }
    }
    if (option != VERB_OPTION_DONE && status == EXIT_FINE)
        status = check_rules_configured(settings.rules, true) ? EXIT_FINE : EXIT_TROUBLE;
    if (option != VERB_OPTION_DONE && status == EXIT_FINE)
        status = load_and_check(&settings, argc - optind, argv + optind);
    check_rules_destroy(settings.rules);
    return status;
}

const struct verb verb_check = {
    .name = "check",
    .synopsis = "[--fail-on LIST] [--baseline PATH] [--suppressions FILE] [--gen-suppressions[=FILE]] [PATH ...]",
    .summary = "The gate for CI: a line for each finding that counts, and exit status 1 when there is one.",
    .options = options,
    .run = run,
};
