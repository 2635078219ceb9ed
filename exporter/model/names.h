/* The names that reports, options and suppressions call things by. Static texts; safe from any thread. */
#ifndef NPLUS1_EXPORTER_MODEL_NAMES_H
#define NPLUS1_EXPORTER_MODEL_NAMES_H

#include "exporter/model/model.h"

const char *model_confidence_name(enum verdict_confidence confidence);
const char *model_ended_name(enum model_ended ended);
const char *model_verb_name(uint32_t verb);

#endif
