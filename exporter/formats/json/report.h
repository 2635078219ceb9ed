/* The report as JSON, described by docs/report.schema.json. The same model gives the same bytes. */
#ifndef NPLUS1_EXPORTER_FORMATS_JSON_REPORT_H
#define NPLUS1_EXPORTER_FORMATS_JSON_REPORT_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

/* Write errors stay in the stream. */
void json_write(const struct model *model, FILE *out);

/* The report as one of the formats; it has no options. */
void json_export(const struct model *model, const struct format_options *options, FILE *out);

#endif
