#include "exporter/formats/formats.h"

#include <string.h>

#include "exporter/formats/folded.h"
#include "exporter/formats/html/html.h"
#include "exporter/formats/json/report.h"

const struct format formats[] = {
    {"folded", "a line for each stack with its weight: for flame graphs (flamegraph.pl, speedscope)", folded_write},
    {"html", "one page that shows everything, offline, as report --html has it", html_write},
    {"json", "the report for programs, as report --json has it", json_export},
    {NULL, NULL, NULL},
};

const struct format *formats_find(const char *name)
{
    for (const struct format *format = formats; format->name; format++) {
        if (strcmp(format->name, name) == 0)
            return format;
    }
    return NULL;
}
