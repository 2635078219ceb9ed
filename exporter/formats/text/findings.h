/* Findings as trees under their roots. Errors stay in the stream. */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_FINDINGS_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_FINDINGS_H

#include "exporter/formats/text/parts.h"

#define TEXT_FINDINGS_MAX 20 /* shown; the rest is counted */

void text_write_findings(const struct text *text);

#endif
