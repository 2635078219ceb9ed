#include "viewer/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "exporter/formats/text/report.h"
#include "viewer/config/config.h"
#include "viewer/terminal.h"
#include "viewer/verbs.h"

static uint64_t round_trip_ns; /* 0: as configured */

int page_take_round_trip(const struct verb *verb, const char *text)
{
    char *wrong = NULL;
    char *ns = values_duration(text, CONFIG_OF_COMMAND_LINE, NULL, &wrong);
    if (ns)
        round_trip_ns = strtoull(ns, NULL, 10);
    int status = wrong ? verb_misused(verb, "--round-trip: %s", wrong) : EXIT_FINE;
    free(wrong);
    free(ns);
    return status;
}

struct text_options page_options(const char *directory)
{
    return (struct text_options){
        .width = terminal_width(),
        .color = terminal_color(),
        .styles = config_styles(),
        .round_trip_ns = round_trip_ns ? round_trip_ns : config_number(CONFIG_ROUND_TRIP),
        .directory = directory,
    };
}

void page_write(const struct model *model, const struct text_options *options)
{
    char *directory = getcwd(NULL, 0);
    struct text_options here = *options;
    here.directory = directory;
    text_write(model, &here, stdout);
    free(directory);
}
