/* Findings as they appear, on standard output. */
#ifndef NPLUS1_VIEWER_FOLLOW_FOLLOW_FINDINGS_H
#define NPLUS1_VIEWER_FOLLOW_FOLLOW_FINDINGS_H

#include "exporter/model/filter.h"

/* Looks at the recordings, and those that begin later in directories, each second; less often when a look takes long. Writes each
 * finding that is likely or proven, and that the filter wants, when it is first seen, and again when it becomes surer. Ends with
 * SIGINT, SIGTERM, or when there was a process and none runs any more. paths: none is the working directory. Returns the exit
 * status. */
int follow_findings(char **paths, int count, const struct model_filter *filter);

#endif
