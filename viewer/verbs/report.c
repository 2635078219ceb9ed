#include <stdio.h>
#include <stdlib.h>

#include "exporter/formats/json/report.h"
#include "viewer/export/output.h"
#include "viewer/load.h"
#include "viewer/page.h"
#include "viewer/terminal.h"
#include "viewer/verbs.h"

enum { JSON = VERB_OPTION_OWN, HTML, ROUND_TRIP };

static const struct verb_option options[] = {
    {0, NULL, "PATH", "a recording or a directory of them; none: the newest *.pb of the working directory", false},
    {JSON, "json", NULL, "for programs; described by report.schema.json", false},
    {HTML, "html", "FILE", "a page to this file, which is replaced; it needs nothing else", false},
    {ROUND_TRIP, "round-trip", "TIME", "to the database, such as 500us or 5ms; default: 1, 5 and 30 ms", false},
    {0},
};

static int write_page(const struct model *model, const char *path)
{
    char *error = output_write(path, model, formats_find("html"), &(struct format_options){.weigh_by_time = false});
    int status = error ? complain(path, "%s", error) : EXIT_FINE;
    free(error);
    return status;
}

static int run(const struct verb *verb, int argc, char **argv)
{
    const char *html = NULL;
    bool json = false;
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1) {
        if (option == VERB_OPTION_DONE)
            return status;
        json = json || option == JSON;
        html = option == HTML ? optarg : html;
        char *wrong = option == ROUND_TRIP ? page_set_round_trip(optarg) : NULL;
        if (wrong) {
            status = verb_misused(verb, "--round-trip: %s", wrong);
            free(wrong);
            return status;
        }
    }
    if (html && (json || !html[0]))
        return json ? verb_misused(verb, "--json and --html cannot be had at once; call report twice")
                    : verb_misused(verb, "option --html needs a file");
    struct model *model = load_model(argv + optind, argc - optind, &status);
    if (!model)
        return status;
    if (html) {
        int written = write_page(model, html);
        status = written != EXIT_FINE ? written : status;
    } else if (json) {
        json_write(model, stdout);
    } else {
        struct text_options page = page_options(NULL);
        terminal_begin_pager();
        page_write(model, &page);
    }
    model_destroy(model);
    return verb_finish(status);
}

const struct verb verb_report = {
    .name = "report",
    .synopsis = "[--json | --html FILE] [--round-trip TIME] [PATH ...]",
    .summary = "Reports what the recorded program did to its database, findings first.",
    .options = options,
    .run = run,
};
