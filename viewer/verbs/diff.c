#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "viewer/check/rules.h"
#include "exporter/formats/json/diff.h"
#include "exporter/formats/text/diff.h"
#include "viewer/load.h"
#include "viewer/page.h"
#include "viewer/terminal.h"
#include "viewer/verbs.h"
#include "exporter/diff/diff.h"

struct settings {
    struct check_rules *rules;
    struct diff_options options;
    bool json;
};

/* A size from 1 on; *end is what follows its digits. */
static bool read_size(const char *text, char **end, uint64_t *ret)
{
    errno = 0;
    uint64_t size = isdigit((unsigned char)text[0]) ? strtoull(text, end, 10) : 0;
    if (size == 0 || errno)
        return false;
    *ret = size;
    return true;
}

static bool read_scale(const char *text, struct diff_options *options)
{
    char *end;
    return read_size(text, &end, &options->old_size) && *end == ':' && read_size(end + 1, &end, &options->new_size) && !*end;
}

static bool read_at(const char *text, struct diff_options *options)
{
    char *end;
    return read_size(text, &end, &options->at) && !*end;
}

/* A finding counts that was not there before, or was not sure enough to count. */
static bool judge(struct diff *d, struct check_rules *rules)
{
    bool any = false;
    for (uint32_t i = 0; i < d->finding_count; i++) {
        struct diff_finding *f = &d->findings[i];
        uint32_t old = f->old != MODEL_NONE || f->new == MODEL_NONE ? f->old : f->first;
        bool before = old != MODEL_NONE && check_rules_ask(rules, d->old, &d->old->findings[old]) == CHECK_FAILS;
        bool now = f->new != MODEL_NONE &&check_rules_ask(rules, d->new, &d->new->findings[f->new]) == CHECK_FAILS;
        f->counts = now && !before;
        any = any || f->counts;
    }
    return any;
}

static void write_page(const struct diff *d)
{
    char *directory = getcwd(NULL, 0);
    struct text_options options = page_options(directory);
    terminal_begin_pager();
    diff_text_write(d, &options, stdout);
    free(directory);
}

static int load_and_compare(const struct settings *settings, char **argv)
{
    int status = EXIT_FINE;
    struct model *old = load_model(argv, 1, &status);
    struct model *new = old ? load_model(argv + 1, 1, &status) : NULL;
    if (new) {
        struct diff *d = diff_create(old, new, &settings->options);
        bool found = judge(d, settings->rules);
        check_rules_warn_unused(settings->rules);
        check_rules_warn_left_out(old);
        check_rules_warn_left_out(new);
        if (settings->json)
            diff_json_write(d, stdout);
        else
            write_page(d);
        status = verb_finish(status != EXIT_FINE ? status : found ? EXIT_FOUND : EXIT_FINE);
        diff_destroy(d);
    }
    model_destroy(new);
    model_destroy(old);
    return status;
}

enum { FAIL_ON = VERB_OPTION_OWN, SUPPRESSIONS, JSON, SCALE, AT, ROUND_TRIP };

static const struct verb_option options[] = {
    {0, NULL, "OLD, NEW", "recordings, or directories of them", false},
    {JSON, "json", NULL, "for programs; described by diff.schema.json", false},
    {FAIL_ON, "fail-on", "LIST", "new findings that make the exit status 1, as for check; default: likely", false},
    {SUPPRESSIONS, "suppressions", "FILE", "findings that do not count, as for check", false},
    {SCALE, "scale", "OLD:NEW", "how much data each worked on, such as 5:5000; default: seen from the rows", false},
    {AT, "at", "SIZE", "the size of the data to predict executions for; default: ten times that of NEW", false},
    {ROUND_TRIP, "round-trip", "TIME", "to the database, such as 500us or 5ms; default: 1ms", false},
    {0},
};

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = {.rules = check_rules_create()};
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1 && option != VERB_OPTION_DONE) {
        char *wrong = option == FAIL_ON ? check_rules_fail_on(settings.rules, optarg) : NULL;
        settings.json = settings.json || option == JSON;
        if (wrong)
            status = verb_misused(verb, "--fail-on: %s", wrong);
        else if (option == SUPPRESSIONS && !check_rules_suppressions(settings.rules, optarg))
            status = EXIT_TROUBLE;
        else if (option == ROUND_TRIP)
            status = page_take_round_trip(verb, optarg);
        else if (option == SCALE && !read_scale(optarg, &settings.options))
            status = verb_misused(verb, "--scale: '%s' is not OLD:NEW, two numbers from 1 on", optarg);
        else if (option == AT && !read_at(optarg, &settings.options))
            status = verb_misused(verb, "--at: '%s' is not a number from 1 on", optarg);
        free(wrong);
        if (status != EXIT_FINE)
            break;
    }
    if (option != VERB_OPTION_DONE && status == EXIT_FINE && !check_rules_configured(settings.rules, false))
        status = EXIT_TROUBLE;
    if (option != VERB_OPTION_DONE && status == EXIT_FINE)
        status = argc - optind == 2 ? load_and_compare(&settings, argv + optind)
                                    : verb_misused(verb, "give two recordings or directories of them, OLD and NEW");
    check_rules_destroy(settings.rules);
    return status;
}

const struct verb verb_diff = {
    .name = "diff",
    .synopsis = "[--json] [--fail-on LIST] [--suppressions FILE] [--scale OLD:NEW] [--at SIZE] [OPTION ...] OLD NEW",
    .summary = "What is new, gone and changed between two recordings, and how it grows with the data.",
    .options = options,
    .run = run,
};
