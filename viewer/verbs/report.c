#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/formats/json/report.h"
#include "exporter/model/filter.h"
#include "viewer/export/output.h"
#include "viewer/follow/follow_findings.h"
#include "viewer/load.h"
#include "viewer/page.h"
#include "viewer/terminal.h"
#include "viewer/verbs.h"
#include "viewer/words/suggestion.h"

enum { JSON = VERB_OPTION_OWN, HTML, FOLLOW, BY, KIND, LEAST, TOP, ROUND_TRIP };

struct settings {
    bool json;
    bool follows;
    const char *html; /* NULL: no page */
    enum text_by by;
    uint32_t rows;
    struct model_filter filter;
};

static const struct verb_option options[] = {
    {0, NULL, "PATH", "a recording or a directory of them; none: the newest *.pb of the working directory", false},
    {JSON, "json", NULL, "for programs; described by report.schema.json", false},
    {HTML, "html", "FILE", "a page to this file, which is replaced; it needs nothing else", false},
    {FOLLOW, "follow", NULL, "write each finding once, when it first holds, until the programs have ended", false},
    {KIND, "kind", "LIST", "show findings of these kinds alone: n_plus_one,write_loop", false},
    {LEAST, "min-executions", "N", "show findings with so many executions or more", false},
    {TOP, "top", "N", "show so many findings, and so many rows of the table", false},
    {BY, "by", "WHAT", "what the table adds up by: place (default), statement, file or scope", false},
    {ROUND_TRIP, "round-trip", "TIME", "to the database, such as 500us or 5ms; default: 1, 5 and 30 ms", false},
    {0},
};

static bool set_by(struct settings *settings, const char *word)
{
    static const char *const names[] = {
        [TEXT_BY_PLACE] = "place", [TEXT_BY_STATEMENT] = "statement", [TEXT_BY_FILE] = "file", [TEXT_BY_SCOPE] = "scope"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], word) == 0) {
            settings->by = (enum text_by)i;
            return true;
        }
    }
    return false;
}

/* NULL, or the word that is none of the kinds; the list is changed. */
static const char *set_kinds(struct model_filter *filter, char *list)
{
    for (char *word; (word = strsep(&list, ","));) {
        enum verdict_kind kind = kind_named(word);
        if (!kind)
            return word;
        filter->kinds[kind] = filter->some_kinds = true;
    }
    return NULL;
}

static int complain_about_kind(const struct verb *verb, const char *word)
{
    struct suggestion s = suggestion_of(word);
    for (enum verdict_kind kind = 1; kind < KIND_COUNT; kind++)
        suggestion_offer(&s, kind_of(kind)->name);
    char *meant = suggestion_words(&s, "");
    int status = verb_misused(verb, "--kind: unknown kind '%s'%s", word, meant);
    free(meant);
    return status;
}

static bool set_number(const char *text, uint64_t most, uint64_t *ret)
{
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 10);
    bool fine = text[0] >= '0' && text[0] <= '9' && !*end && errno == 0 && number > 0 && number <= most;
    if (fine)
        *ret = number;
    return fine;
}

/* EXIT_FINE, or that of a complaint. */
static int set_option(const struct verb *verb, struct settings *settings, int option)
{
    uint64_t number = 0;
    const char *wrong;
    switch (option) {
    case JSON:
        settings->json = true;
        break;
    case FOLLOW:
        settings->follows = true;
        break;
    case HTML:
        settings->html = optarg;
        break;
    case BY:
        if (!set_by(settings, optarg))
            return verb_misused(verb, "--by=%s: is not place, statement, file or scope", optarg);
        break;
    case KIND:
        if ((wrong = set_kinds(&settings->filter, optarg)))
            return complain_about_kind(verb, wrong);
        break;
    case LEAST:
        if (!set_number(optarg, UINT64_MAX, &settings->filter.least_executions))
            return verb_misused(verb, "--min-executions=%s: is no number from 1 on", optarg);
        break;
    case TOP:
        if (!set_number(optarg, UINT32_MAX, &number))
            return verb_misused(verb, "--top=%s: is no number from 1 on", optarg);
        settings->filter.most = settings->rows = (uint32_t)number;
        break;
    case ROUND_TRIP:
        return page_take_round_trip(verb, optarg);
    default:
        break;
    }
    return EXIT_FINE;
}

static int write_page(const struct model *model, const char *path)
{
    const struct format *html = formats_find("html");
    const struct format_options as_it_is = {.weigh_by_time = false};
    if (strcmp(path, "-") == 0) {
        html->write(model, &as_it_is, stdout);
        return EXIT_FINE;
    }
    char *error = output_write(path, model, html, &as_it_is);
    int status = error ? complain(path, "%s", error) : EXIT_FINE;
    free(error);
    return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    struct settings settings = {.json = false};
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1) {
        if (option == VERB_OPTION_DONE)
            return status;
        if ((status = set_option(verb, &settings, option)) != EXIT_FINE)
            return status;
    }
    if (settings.html && settings.json)
        return verb_misused(verb, "--json and --html cannot be had at once; call report twice");
    if (settings.html && !settings.html[0])
        return verb_misused(verb, "option --html needs a file");
    if (settings.follows && (settings.html || settings.json))
        return verb_misused(verb, "--follow writes lines; `nplus1 export --follow` keeps files and collectors up to date");
    if (settings.follows)
        return verb_finish(follow_findings(argv + optind, argc - optind, &settings.filter));
    struct model *model = load_model(argv + optind, argc - optind, &status);
    if (!model)
        return status;
    model_filter_findings(model, &settings.filter);
    if (settings.html) {
        int written = write_page(model, settings.html);
        status = written != EXIT_FINE ? written : status;
    } else if (settings.json) {
        json_write(model, stdout);
    } else {
        struct text_options page = page_options(NULL);
        page.by = settings.by;
        page.rows = settings.rows;
        terminal_begin_pager();
        page_write(model, &page);
    }
    model_destroy(model);
    return verb_finish(status);
}

const struct verb verb_report = {
    .name = "report",
    .synopsis = "[--json | --html FILE | --follow] [--kind LIST] [--min-executions N] [--top N] [--by WHAT] [--round-trip TIME] "
                "[PATH ...]",
    .summary = "Reports what the recorded program did to its database, findings first.",
    .options = options,
    .run = run,
};
