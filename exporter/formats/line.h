/* A finding on one line, as compilers write theirs: editors read FILE:LINE: in front. Errors stay in the stream. */
#ifndef NPLUS1_EXPORTER_FORMATS_LINE_H
#define NPLUS1_EXPORTER_FORMATS_LINE_H

#include <stdio.h>

#include "exporter/formats/text/options.h"
#include "exporter/model/model.h"

/* The loop, where it is known: "shop.c:42: n_plus_one, proven: 5,000 executions of select ..., in load [1f0c88a2b34d5e6f]" */
void text_write_line(const struct model *model, const struct model_finding *finding, const struct text_options *options,
                     FILE *out);

#endif
