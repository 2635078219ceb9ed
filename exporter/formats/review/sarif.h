/* SARIF 2.1.0 (docs.oasis-open.org/sarif/sarif/v2.1.0): a rule for each kind, a result for each finding. proven is an error,
 * likely a warning, possible a note. Paths below the root are relative to SRCROOT; the query before the loop, and the loop, are
 * related locations; the signature is a partial fingerprint. The same model gives the same bytes. */
#ifndef NPLUS1_EXPORTER_FORMATS_REVIEW_SARIF_H
#define NPLUS1_EXPORTER_FORMATS_REVIEW_SARIF_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

/* Errors stay in the stream. */
void sarif_write(const struct model *model, const struct format_options *options, FILE *out);

#endif
