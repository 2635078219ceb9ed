/* Parameters by two names. An edge counts the literals and parameters of the text that was sent, each element of each list; the
 * normalised text shows one ? for a list of any length. Advice and reports speak of the ?s of the normalised text.
 *
 * Pure, safe from any thread.
 */
#ifndef NPLUS1_EXPORTER_ADVICE_PARAMETER_H
#define NPLUS1_EXPORTER_ADVICE_PARAMETER_H

#include "exporter/advice/sql/statement.h"

/* The ? of the normalised text that stands for parameter number `sent` of a text with sent_count literals and parameters, from
 * 1. sent_count 0: unknown. Returns 0 where it is not known, as between two lists. */
uint32_t parameter_shown(const struct sql_statement *statement, uint32_t sent, uint32_t sent_count);

#endif
