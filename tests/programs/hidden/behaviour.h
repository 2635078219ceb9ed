/* A program that uses SQLite in every way in which its functions can be reached, and says what came of it: the same words each
 * time, whoever else is in the process. */
#ifndef NPLUS1_TESTS_PROGRAMS_HIDDEN_BEHAVIOUR_H
#define NPLUS1_TESTS_PROGRAMS_HIDDEN_BEHAVIOUR_H

#include <stdio.h>

#include "sqlite3.h"

/* What one thread says, and where it may have files. */
struct scene {
    FILE *out;
    char folder[128];
};

void say(struct scene *scene, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A connection with a table t(id, name, number) of 40 rows; NULL path: in memory. */
sqlite3 *scene_open(struct scene *scene, const char *path);
void scene_close(struct scene *scene, sqlite3 *db);
void scene_run(struct scene *scene, sqlite3 *db, const char *sql);

/* The first column of the first row, as a number. */
long scene_number(sqlite3 *db, const char *sql, int parameter);

/* Says each row of the statement, and the result. */
void scene_rows(struct scene *scene, sqlite3 *db, const char *sql);

/* The parts; those of the second list have to do with the whole process, and run in one thread. */
void behaviour_errors(struct scene *scene);
void behaviour_values(struct scene *scene);
void behaviour_utf16(struct scene *scene);
void behaviour_statements(struct scene *scene);
void behaviour_closing(struct scene *scene);
void behaviour_callbacks(struct scene *scene);
void behaviour_hooks(struct scene *scene);
void behaviour_tables(struct scene *scene);
void behaviour_storage(struct scene *scene);
void behaviour_sharing(struct scene *scene);
void behaviour_interrupt(struct scene *scene);

void behaviour_unlock(struct scene *scene);
void behaviour_extension(struct scene *scene);
void behaviour_memory(struct scene *scene);

#endif
