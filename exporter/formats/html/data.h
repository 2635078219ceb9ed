/* The page's data: the report in JSON, but for what a page of a large recording has no room for. Frames stand in a list of their
 * own, and stacks are their numbers. Errors stay in the stream.
 */
#ifndef NPLUS1_EXPORTER_FORMATS_HTML_DATA_H
#define NPLUS1_EXPORTER_FORMATS_HTML_DATA_H

#include <stdio.h>

#include "exporter/model/model.h"

#define HTML_FINDINGS 2000 /* the first of those that are sure, then of the possible ones, then of what is allowed */
#define HTML_GROUPS   5000 /* those of the findings, and those that took the most time */

void html_write_data(const struct model *model, FILE *out);

#endif
