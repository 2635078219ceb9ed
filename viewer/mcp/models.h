/* What was read for one call is kept for the next ones: an agent asks for the list and then for one finding after the other, and
 * a large recording takes a second to read. Only where nothing can have changed: every process of it wrote that it ended, and the
 * files are the same by name, number, size and times.
 */
#ifndef NPLUS1_VIEWER_MCP_MODELS_H
#define NPLUS1_VIEWER_MCP_MODELS_H

#include "exporter/model/model.h"

/* As load_model. The model is valid until the call is over; a call may have two. */
const struct model *models_get(char **paths, int count, int *status);

/* A call is over: what may change is forgotten. */
void models_settle(void);

/* Forgets all. */
void models_end(void);

#endif
