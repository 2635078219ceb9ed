/* Sentences about growth, which the caller frees. They may hold control characters of a recording: printable_write escapes them.
 */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_GROWTH_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_GROWTH_H

#include "exporter/diff/diff.h"

/* "grows with the data (linear, ...): 5 -> 5,000 executions for 1,000 times the rows of ..."; NULL when the growth is unknown.
 * round_trip_ns: to the database, 0: 1 ms. */
char *growth_describe(const struct diff *diff, uint32_t site, uint64_t round_trip_ns);

/* "5 -> 5,000 rows (1,000 times) of ..."; NULL when the data is unknown. */
char *growth_describe_data(const struct diff *diff);

/* "1,000 times the rows", "1/1,000 of the rows"; without the last words when `what` is NULL. */
char *growth_describe_times(double times, const char *what);

#endif
