/* Findings sent to a collector of OpenTelemetry. */
#ifndef NPLUS1_VIEWER_EXPORT_SEND_H
#define NPLUS1_VIEWER_EXPORT_SEND_H

#include <stdbool.h>

#include "exporter/formats/options.h"
#include "exporter/model/model.h"
#include "viewer/export/endpoint.h"
#include "viewer/export/state.h"

/* Sends what is due, in requests of a limited size. state NULL: every finding is, and nothing is remembered; `all` as
 * state_is_due has it. NULL when the collector has all of it, else why not, to be freed: what it took before is remembered. */
char *send_findings(const struct endpoint *endpoint, const struct model *model, const struct format_options *options,
                    struct state *state, bool all);

#endif
