/* A diff as JSON, described by docs/diff.schema.json. The same recordings give the same bytes. */
#ifndef NPLUS1_EXPORTER_FORMATS_JSON_DIFF_H
#define NPLUS1_EXPORTER_FORMATS_JSON_DIFF_H

#include <stdio.h>

#include "exporter/diff/diff.h"

/* Write errors stay in the stream. */
void diff_json_write(const struct diff *diff, FILE *out);

#endif
