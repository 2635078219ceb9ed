/* JUnit XML as Jenkins' xUnit plugin has it (junit-10.xsd): one suite with the programs' names, a test case for each scope, and
 * for each place whose statements ran in no scope; a case with findings has failed. The same model gives the same bytes. */
#ifndef NPLUS1_EXPORTER_FORMATS_REVIEW_JUNIT_H
#define NPLUS1_EXPORTER_FORMATS_REVIEW_JUNIT_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

/* Errors stay in the stream. */
void junit_write(const struct model *model, const struct format_options *options, FILE *out);

#endif
