/* The report as one page: everything is in it, nothing is fetched. Errors stay in the stream. */
#ifndef NPLUS1_EXPORTER_FORMATS_HTML_HTML_H
#define NPLUS1_EXPORTER_FORMATS_HTML_HTML_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

void html_write(const struct model *model, const struct format_options *options, FILE *out);

#endif
