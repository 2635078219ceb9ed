/* Workflow commands of GitHub Actions, an annotation for each finding: `::error file=app.py,line=7,title=N+1::...`. GitHub shows
 * ten errors, ten warnings and ten notices of a step: those with the most executions are written, and the number of others as a
 * plain line. The same model gives the same bytes. */
#ifndef NPLUS1_EXPORTER_FORMATS_REVIEW_GITHUB_H
#define NPLUS1_EXPORTER_FORMATS_REVIEW_GITHUB_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

/* Errors stay in the stream. */
void github_write(const struct model *model, const struct format_options *options, FILE *out);

#endif
