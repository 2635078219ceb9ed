#include <stdio.h>

#include "exporter/formats/json/report.h"
#include "viewer/load.h"
#include "viewer/page.h"
#include "viewer/terminal.h"
#include "viewer/verbs.h"

static const struct verb_option options[] = {
    {0, NULL, "PATH", "a recording or a directory of them; none: the newest *.pb of the working directory", false},
    {VERB_OPTION_OWN, "json", NULL, "for programs; described by report.schema.json", false},
    {0},
};

static int run(const struct verb *verb, int argc, char **argv)
{
    bool json = false;
    int status = EXIT_FINE;
    int option;
    while ((option = verb_option(verb, argc, argv, &status)) != -1) {
        if (option == VERB_OPTION_DONE)
            return status;
        json = json || option == VERB_OPTION_OWN;
    }
    struct model *model = load_model(argv + optind, argc - optind, &status);
    if (!model)
        return status;
    if (json) {
        json_write(model, stdout);
    } else {
        bool color = terminal_color();
        size_t width = terminal_width();
        terminal_begin_pager();
        page_write(model, width, color);
    }
    model_destroy(model);
    return verb_finish(status);
}

const struct verb verb_report = {
    .name = "report",
    .synopsis = "[--json] [PATH ...]",
    .summary = "Reports what the recorded program did to its database, findings first.",
    .options = options,
    .run = run,
};
