/* Dates and times of day as databases and languages write them (ISO 8601,
 * www.postgresql.org/docs/current/datatype-datetime.html), as microseconds since the year 2000 began, which is what PostgreSQL
 * sends in binary.
 *
 * Pure, allocate nothing: safe from any thread.
 */
#ifndef NPLUS1_AGENT_VALUE_CIVIL_H
#define NPLUS1_AGENT_VALUE_CIVIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CIVIL_DAY INT64_C(86400000000) /* microseconds */

/* 2024-01-31, 2024-01-31 10:20:30.5+02, 2024-01-31T10:20:30Z: at UTC where there is an offset, else as it stands. Digits beyond
 * microseconds do not count. */
bool civil_parse(const char *text, size_t length, int64_t *ret);

/* 10:20:30.5 as microseconds since midnight. */
bool civil_parse_time(const char *text, size_t length, int64_t *ret);

#endif
