/* What the C programs of scenes share; scene.c is compiled for SCENE_SQLITE or SCENE_POSTGRESQL. */
#ifndef NPLUS1_TESTS_CORPUS_SCENES_RUNTIME_SCENE_H
#define NPLUS1_TESTS_CORPUS_SCENES_RUNTIME_SCENE_H

#include <string.h>

#ifdef SCENE_SQLITE
#include <sqlite3.h>
typedef sqlite3 Connection;
#else
#include <libpq-fe.h>
typedef PGconn Connection;
#endif

typedef struct {
    int is_text;
    long long number;
    const char *text;
} Value;

typedef Value *Row;

typedef struct {
    int count, columns;
    Row *row;
} Rows;

typedef struct {
    Connection *connection;
} Database;

Database *open_database(void);
void begin_all(Database *db);
void commit_all(Database *db);
void count(int place);
void write_counts(void);

Value number(long long number);
Value text(const char *text);
Value as_text(Value value);
Value as_array(Value value);

Rows *query(Database *db, int place, const char *sql, int args, Value *arg);
Rows *arrange(Rows *rows, int column, const char *how, const char *mask);
Rows *rows_for(int count, int columns);
Rows *slice(Rows *rows, int at, int size);
void pool(Database *db, int workers, void (*work)(Database *, Row), Rows *rows);

/* A chunk of a batch: the text for so many rows, and their cells; `columns` names them as digits. */
char *batch_text(const char *head, const char *unit, const char *separator, const char *tail, int times);
Value *batch_args(Rows *chunk, const char *columns, const char *pack);
int batch_count(Rows *chunk, const char *columns, const char *pack);

char *literal(const char *sql, int args, Value *arg);

#ifdef SCENE_SQLITE
sqlite3_stmt *prepare(Database *db, const char *sql, int args, Value *arg);
void bind(sqlite3_stmt *statement, int args, Value *arg);
Rows *new_rows(void);
void add_row(Rows *rows, sqlite3_stmt *statement);
Row row_of(sqlite3_stmt *statement);
#else
const char *const *texts(int args, Value *arg);
Rows *rows_of(PGresult *result);
#endif

#endif
