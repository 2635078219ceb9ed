/* The report for people: what was found, where in the code, and what to do, within the width of a terminal.
 *
 * Whatever a recording holds, no control character of it reaches the output. The same model, options and source files give the
 * same bytes. One thread at a time; write errors stay in the stream.
 */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_REPORT_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_REPORT_H

#include <stdio.h>

#include "exporter/formats/text/options.h"
#include "exporter/model/model.h"

void text_write(const struct model *model, const struct text_options *options, FILE *out);

#endif
