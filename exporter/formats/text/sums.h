/* Executions added up by something else than statement and place. Errors stay in the stream. */
#ifndef NPLUS1_EXPORTER_FORMATS_TEXT_SUMS_H
#define NPLUS1_EXPORTER_FORMATS_TEXT_SUMS_H

#include "exporter/formats/text/parts.h"

/* Statements wherever they come from, or files of the program; what took the most time first. */
void text_write_sums_by_statement(const struct text *text);
void text_write_sums_by_file(const struct text *text);

/* Scopes with their executions, and how often each was entered. */
void text_write_sums_by_scope(const struct text *text);

#endif
