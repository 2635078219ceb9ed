/* The end of the report: statements and sums. Errors stay in the stream. */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_TABLES_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_TABLES_H

#include "exporter/formats/text/parts.h"

/* The most expensive groups. */
void text_write_statements(const struct text *text);

/* The totals, missing data, and how the processes ended. */
void text_write_summary(const struct text *text);

#endif
