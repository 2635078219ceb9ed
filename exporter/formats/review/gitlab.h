/* Code quality of GitLab (docs.gitlab.com, "Code Quality report format"): an object for each finding. proven is major, likely
 * minor, possible info. The fields beside GitLab's are those that an issue of Code Climate must have
 * (github.com/codeclimate/platform, spec/analyzers/SPEC.md). The same model gives the same bytes. */
#ifndef NPLUS1_EXPORTER_FORMATS_REVIEW_GITLAB_H
#define NPLUS1_EXPORTER_FORMATS_REVIEW_GITLAB_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

/* Errors stay in the stream. */
void gitlab_write(const struct model *model, const struct format_options *options, FILE *out);

#endif
