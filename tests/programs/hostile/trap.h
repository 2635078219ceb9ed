/* What the hostile programs share. Each has named cases; a case does something and says what it executed:
 *
 *     traps_x --list      the names of the cases
 *     traps_x CASE        runs it; the last line of stdout is what was executed, as JSON
 *
 * A program knows its executions because it wrote them down beside the call, not because somebody counted for it.
 */
#ifndef NPLUS1_TESTS_PROGRAMS_HOSTILE_TRAP_H
#define NPLUS1_TESTS_PROGRAMS_HOSTILE_TRAP_H

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct trap {
    const char *name;
    void (*run)(void);
};

struct trap_counts {
    _Atomic long executions, rows, errors;
};

extern struct trap_counts trap_counts;
extern const char *trap_program; /* argv[0] */

void trap_expect(long executions, long rows, long errors);
void trap_print(void); /* the line of JSON; at the end of a case by itself, unless the case ends the process */
int trap_main(int argc, char **argv, const struct trap *traps, size_t count);

void trap_fail(const char *what, const char *why) __attribute__((noreturn));
#define TRAP_MUST(condition)                                                                                                     \
    do {                                                                                                                         \
        if (!(condition))                                                                                                        \
            trap_fail(__func__, #condition);                                                                                     \
    } while (0)

#define TRAP_MAIN(traps)                                                                                                         \
    int main(int argc, char **argv)                                                                                              \
    {                                                                                                                            \
        return trap_main(argc, argv, traps, sizeof(traps) / sizeof *(traps));                                                    \
    }

sqlite3 *trap_open(void); /* a database in memory; executes nothing */
sqlite3_stmt *trap_prepare(sqlite3 *db, const char *sql);
void trap_run(sqlite3 *db, const char *sql); /* prepare, step to the end, finalize; counted */
void trap_lookup(sqlite3 *db, int times);    /* one prepared `SELECT ?`, so many executions of one row; counted */
void trap_exec(sqlite3 *db, const char *sql, long executions, long rows); /* sqlite3_exec; counted as said */

#endif
