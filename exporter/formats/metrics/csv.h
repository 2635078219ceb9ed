/* CSV (RFC 4180), a line for each group with the finding that it has; executions that belong to no group are a line of their own,
 * so that the columns add up to the totals of the report. Formulas are defused. The same model gives the same bytes. */
#ifndef NPLUS1_EXPORTER_FORMATS_METRICS_CSV_H
#define NPLUS1_EXPORTER_FORMATS_METRICS_CSV_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

/* Errors stay in the stream. */
void csv_write(const struct model *model, const struct format_options *options, FILE *out);

#endif
