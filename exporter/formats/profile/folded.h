/* Folded stacks (github.com/brendangregg/FlameGraph): a line for each group, its frames outermost first with semicolons between
 * them, the statement as the innermost one, then a blank and the weight. The sum of the weights is the total of the report: what
 * belongs to no group is a stack of its own.
 *
 * No control character reaches the output, and a semicolon in a name becomes a comma. The same model gives the same bytes.
 */
#ifndef NPLUS1_EXPORTER_FORMATS_PROFILE_FOLDED_H
#define NPLUS1_EXPORTER_FORMATS_PROFILE_FOLDED_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

/* Weights are executions, or with weigh_by_time microseconds. Errors stay in the stream. */
void folded_write(const struct model *model, const struct format_options *options, FILE *out);

#endif
