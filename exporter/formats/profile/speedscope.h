/* Speedscope's file format (github.com/jlfwong/speedscope, file-format-schema.json): two profiles over the same stacks,
 * executions and time in the database. The same model gives the same bytes. */
#ifndef NPLUS1_EXPORTER_FORMATS_PROFILE_SPEEDSCOPE_H
#define NPLUS1_EXPORTER_FORMATS_PROFILE_SPEEDSCOPE_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

/* weigh_by_time: the profile of times is shown first. Errors stay in the stream. */
void speedscope_write(const struct model *model, const struct format_options *options, FILE *out);

#endif
