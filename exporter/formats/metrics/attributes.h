/* A list of attributes of OTLP. One thread at a time. */
#ifndef NPLUS1_EXPORTER_FORMATS_METRICS_ATTRIBUTES_H
#define NPLUS1_EXPORTER_FORMATS_METRICS_ATTRIBUTES_H

#include <stdint.h>

#include "exporter/formats/metrics/otlp.pb-c.h"

#define ATTRIBUTES_MAX 24

struct attributes {
    size_t count;
    Otlp__KeyValue *list[ATTRIBUTES_MAX]; /* what a message's pointer is set to */
    Otlp__KeyValue pairs[ATTRIBUTES_MAX];
    Otlp__AnyValue values[ATTRIBUTES_MAX];
};

/* In place: the list points into the struct. */
void attributes_begin(struct attributes *attributes);
void attributes_finish(struct attributes *attributes);

/* key: a static text. The text is copied as it is printable; NULL adds nothing. */
void attributes_add_text(struct attributes *attributes, const char *key, const char *text);
void attributes_add_number(struct attributes *attributes, const char *key, uint64_t number);

#endif
