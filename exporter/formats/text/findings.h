/* Findings, tree by tree. Errors stay in the stream. */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_FINDINGS_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_FINDINGS_H

#include "exporter/formats/text/parts.h"
#include "exporter/formats/text/trees.h"

#define TEXT_FINDINGS_MAX 20 /* shown; the rest is counted */

void text_write_findings(const struct text *text, const struct trees *trees);

#endif
