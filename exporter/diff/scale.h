/* Measures the data of two recordings, and the growth of each site with it. For diff.c alone. */
#ifndef NPLUS1_EXPORTER_DIFF_SCALE_H
#define NPLUS1_EXPORTER_DIFF_SCALE_H

#include "exporter/diff/types.h"

/* Fills in data, growth and prediction of every site, and data and factor of the whole. */
void diff_measure(struct diff *diff, const struct diff_options *options);

#endif
