/* Where a collector of OpenTelemetry is, from the environment, as opentelemetry.io/docs/specs/otel/protocol/exporter has it. */
#ifndef NPLUS1_VIEWER_EXPORT_ENDPOINT_H
#define NPLUS1_VIEWER_EXPORT_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

struct endpoint {
    char *url;
    char **headers; /* "name: value" */
    size_t header_count;
    long timeout_ms;
};

/* Whether the environment names one. */
bool endpoint_is_named(void);

/* Complains and returns false when what is named cannot be used. */
bool endpoint_begin(struct endpoint *endpoint);
void endpoint_finish(struct endpoint *endpoint);

#endif
