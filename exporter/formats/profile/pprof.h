/* pprof (github.com/google/pprof): a sample for each group, with executions, time in the database and rows; the statement is the
 * innermost frame, so that `-top` lists statements, and labels tell fingerprint, database, system and finding. Compressed by gzip
 * where zlib was there to build with.
 *
 * The same model gives the same bytes.
 */
#ifndef NPLUS1_EXPORTER_FORMATS_PROFILE_PPROF_H
#define NPLUS1_EXPORTER_FORMATS_PROFILE_PPROF_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

/* Errors stay in the stream. */
void pprof_write(const struct model *model, const struct format_options *options, FILE *out);

#endif
