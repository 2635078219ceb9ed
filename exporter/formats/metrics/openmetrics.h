/* OpenMetrics text (prometheus.io/docs/specs/om/open_metrics_spec): counters for each statement, database and place, and a gauge
 * for each finding. Names of statements stand once, in an info metric. The same model gives the same bytes. */
#ifndef NPLUS1_EXPORTER_FORMATS_METRICS_OPENMETRICS_H
#define NPLUS1_EXPORTER_FORMATS_METRICS_OPENMETRICS_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

/* Errors stay in the stream. */
void openmetrics_write(const struct model *model, const struct format_options *options, FILE *out);

#endif
