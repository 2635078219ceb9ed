/* Texts of several statements. Pure, no allocation. */
#ifndef NPLUS1_AGENT_SQL_SPLIT_H
#define NPLUS1_AGENT_SQL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

/* Cuts PostgreSQL's text of several statements: takes the first one, with its semicolon, off the *left bytes at *rest. escapes:
 * backslashes escape in plain strings. False: there is none left. Semicolons inside of parentheses and of a routine's BEGIN
 * ATOMIC .. END separate nothing. */
bool split_next(bool escapes, const char **rest, size_t *left, const char **ret, size_t *ret_length);

#endif
