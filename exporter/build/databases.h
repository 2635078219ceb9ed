/* One finding for a place that works on several databases. */
#ifndef NPLUS1_EXPORTER_BUILD_DATABASES_H
#define NPLUS1_EXPORTER_BUILD_DATABASES_H

#include "exporter/model/model.h"

/* Of findings that differ in the database alone the surest stays, which has the others' groups; those become the model's
 * `elsewhere`. The model's are not yet sorted, and all else of them is known. */
void databases_fold(struct model *model);

/* Gives those elsewhere names of their own, which follow from that of the finding that they are listed with. It is known by now.
 */
void databases_name(struct model *model);

#endif
