/* Traces of OpenTelemetry (OTLP, protobuf): one episode of each finding, as a root span with the parent's query and the queries
 * that it caused. A recording has sums and no single times, so spans have the average time of their statement and stand end to
 * end from the start of the process; the attribute nplus1.times says so. Names of attributes are those of the stable semantic
 * conventions for databases and code (opentelemetry.io/docs/specs/semconv).
 *
 * Identifiers are made from the finding's signature and the start of the process: the same model gives the same bytes.
 */
#ifndef NPLUS1_EXPORTER_FORMATS_METRICS_OTLP_H
#define NPLUS1_EXPORTER_FORMATS_METRICS_OTLP_H

#include <stdio.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"

#define OTLP_SPANS_MAX 100 /* of one statement in a trace; nplus1.spans_left_out has the number of others */

/* All findings. Errors stay in the stream. */
void otlp_write(const struct model *model, const struct format_options *options, FILE *out);

/* One of them, as a message that others may follow. Each `round` gives the trace another identifier. */
void otlp_write_finding(const struct model *model, uint32_t finding, uint64_t round, const struct format_options *options,
                        FILE *out);

#endif
