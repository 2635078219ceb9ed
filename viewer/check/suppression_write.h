/* Lines of a suppressions file for what was found, as suppression.h reads them. */
#ifndef NPLUS1_VIEWER_CHECK_SUPPRESSION_WRITE_H
#define NPLUS1_VIEWER_CHECK_SUPPRESSION_WRITE_H

#include <stdio.h>

#include "exporter/formats/text/options.h"
#include "exporter/model/model.h"

/* The finding's signature with the pattern that tests go by, below comments that say what it is. Errors stay in the stream. */
void suppression_write(const struct model *model, const struct model_finding *finding, const struct text_options *options,
                       FILE *out);

#endif
