/* How much data two recordings worked on, and what that did to each place. Not for users of diff.h. */
#ifndef NPLUS1_EXPORTER_DIFF_DIFF_DATA_H
#define NPLUS1_EXPORTER_DIFF_DIFF_DATA_H

#include "exporter/diff/diff.h"

/* Fills in data, growth and prediction of every place, and data and factor of the whole. */
void diff_measure(struct diff *diff, const struct diff_options *options);

#endif
