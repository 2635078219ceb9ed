/* Included before a program's source: as where a compiler puts the functions that open a connection into those that call them, so
 * that nothing refers to them any more. With OUTSIDE nothing refers to sqlite3_step either. */
#ifndef NPLUS1_TESTS_PROGRAMS_HIDDEN_INSIDE_H
#define NPLUS1_TESTS_PROGRAMS_HIDDEN_INSIDE_H

#include <sqlite3.h>
#include <stdint.h>

/* An address in the function is none of it. */
__attribute__((unused)) static volatile uintptr_t behind_open = (uintptr_t)sqlite3_open + 1;
__attribute__((unused)) static volatile uintptr_t behind_open_v2 = (uintptr_t)sqlite3_open_v2 + 1;
__attribute__((unused)) static volatile uintptr_t behind_open16 = (uintptr_t)sqlite3_open16 + 1;

#define sqlite3_open    ((int (*)(const char *, sqlite3 **))(behind_open - 1))
#define sqlite3_open_v2 ((int (*)(const char *, sqlite3 **, int, const char *))(behind_open_v2 - 1))
#define sqlite3_open16  ((int (*)(const void *, sqlite3 **))(behind_open16 - 1))

#ifdef OUTSIDE
static volatile uintptr_t behind_step = (uintptr_t)sqlite3_step + 1;
#define sqlite3_step ((int (*)(sqlite3_stmt *))(behind_step - 1))
#endif

#endif
