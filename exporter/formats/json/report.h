/* The report as JSON, described by docs/report.schema.json. The same model gives the same bytes. */
#ifndef NPLUS1_EXPORTER_FORMATS_JSON_REPORT_H
#define NPLUS1_EXPORTER_FORMATS_JSON_REPORT_H

#include <stdio.h>

#include "exporter/model/model.h"

/* Write errors stay in the stream. */
void json_write(const struct model *model, FILE *out);

#endif
