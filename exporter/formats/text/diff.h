/* A diff for people: new, gone and changed findings, and how the statements grow, in the style of the report (text.h). */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_DIFF_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_DIFF_H

#include <stdio.h>

#include "exporter/diff/diff.h"
#include "exporter/formats/text/options.h"

void diff_text_write(const struct diff *diff, const struct text_options *options, FILE *out);

#endif
