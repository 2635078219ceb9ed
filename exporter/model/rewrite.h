/* A small look at normalised SQL: enough to turn `col = ?` into a list, and to see that a statement only aggregates. Whatever is
 * not plainly understood is left alone. Pure.
 */
#ifndef NPLUS1_MODEL_REWRITE_H
#define NPLUS1_MODEL_REWRITE_H

#include <stdbool.h>
#include <stdint.h>

/* SELECT of aggregates only, without GROUP BY: one row for each execution. */
bool rewrite_is_aggregate(const char *sql);

/* The statement for many values of one parameter at once (counted from 1; 0: the only one); NULL when its shape is not simple
 * enough. The caller frees it. */
char *rewrite_for_list(const char *sql, uint32_t parameter, bool is_postgresql);

#endif
