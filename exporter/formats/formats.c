#include "exporter/formats/formats.h"

#include <string.h>

#include "exporter/formats/html/html.h"
#include "exporter/formats/json/report.h"
#include "exporter/formats/metrics/csv.h"
#include "exporter/formats/metrics/openmetrics.h"
#include "exporter/formats/metrics/otlp.h"
#include "exporter/formats/profile/folded.h"
#include "exporter/formats/profile/pprof.h"
#include "exporter/formats/profile/speedscope.h"
#include "exporter/formats/review/github.h"
#include "exporter/formats/review/gitlab.h"
#include "exporter/formats/review/junit.h"
#include "exporter/formats/review/markdown.h"
#include "exporter/formats/review/sarif.h"

const struct format formats[] = {
    {"pprof", "stacks with executions, time and rows: go tool pprof", pprof_write, .is_binary = true},
    {"speedscope", "the same for www.speedscope.app", speedscope_write},
    {"folded", "a line for each stack with its weight: flamegraph.pl", folded_write},
    {"sarif", "SARIF 2.1.0: code scanning of GitHub, editors", sarif_write},
    {"junit", "JUnit XML: a test case for each scope or place", junit_write},
    {"github", "annotations of GitHub Actions", github_write},
    {"gitlab", "code quality of GitLab", gitlab_write},
    {"markdown", "a comment for a pull or merge request", markdown_write},
    {"csv", "a line for each statement and stack: spreadsheets", csv_write},
    {"otlp", "OpenTelemetry: an episode of each finding as a trace", otlp_write, .is_binary = true, .is_sent = true},
    {"openmetrics", "counters: Prometheus", openmetrics_write},
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
