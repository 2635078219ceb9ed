/* Findings that are new here and gone there, but ask the same of the same parent: a function that was renamed, or code that moved
 * to another one. Whether it is the same loop nobody can tell, so they stay new and gone. */
#ifndef NPLUS1_EXPORTER_DIFF_MOVED_H
#define NPLUS1_EXPORTER_DIFF_MOVED_H

#include "exporter/diff/types.h"

/* Fills in `moved` of each finding, where there is one of each only. */
void moved_find(struct diff *diff);

#endif
