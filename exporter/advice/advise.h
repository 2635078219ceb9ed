/* The advice of each finding of a model. One thread at a time. */
#ifndef NPLUS1_EXPORTER_ADVICE_ADVISE_H
#define NPLUS1_EXPORTER_ADVICE_ADVISE_H

#include "exporter/build/build.h"

/* Sets `advice` of all findings, and `orm` of all frames; the texts belong to the model's pool. */
void advise_findings(struct model_data *data);

#endif
