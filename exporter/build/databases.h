/* One finding for a place that works on several databases. */
#ifndef NPLUS1_EXPORTER_BUILD_DATABASES_H
#define NPLUS1_EXPORTER_BUILD_DATABASES_H

#include "exporter/model/model.h"

/* Of findings that differ in the database alone the surest stays, which has the others' groups. The model's are not yet sorted,
 * and what is allowed is known. */
void databases_fold(struct model *model);

#endif
