/* What the C programs of scenes share. Memory is the system's to take back. */
#include "scene.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { PLACES = 400 };

static int counts[PLACES];

void count(int place)
{
    __atomic_add_fetch(&counts[place], 1, __ATOMIC_RELAXED);
}

void write_counts(void)
{
    FILE *file = fopen(getenv("SCENE_COUNTS"), "w");
    for (int place = 0; place < PLACES; place++)
        if (counts[place])
            fprintf(file, "%d %d\n", place, counts[place]);
    fclose(file);
}

Value number(long long number)
{
    char *text = malloc(24);
    snprintf(text, 24, "%lld", number);
    return (Value){0, number, text};
}

Value text(const char *text)
{
    return (Value){1, 0, strdup(text)};
}

Value as_text(Value value)
{
    value.is_text = 1;
    return value;
}

Value as_array(Value value)
{
    char *text = malloc(strlen(value.text) + 3);
    sprintf(text, "{%s}", value.text);
    return (Value){1, 0, text};
}

static void fail(const char *why)
{
    fprintf(stderr, "%s\n", why);
    exit(1);
}

Rows *rows_for(int count, int columns)
{
    Rows *rows = calloc(1, sizeof *rows);
    rows->row = calloc((size_t)count + 1, sizeof *rows->row);
    rows->columns = columns;
    return rows;
}

#ifdef SCENE_SQLITE

Database *open_database(void)
{
    Database *db = calloc(1, sizeof *db);
    if (sqlite3_open(getenv("SCENE_DB"), &db->connection) != SQLITE_OK)
        fail("cannot open");
    sqlite3_busy_timeout(db->connection, 10000);
    return db;
}

void bind(sqlite3_stmt *statement, int args, Value *arg)
{
    for (int at = 0; at < args; at++)
        if (arg[at].is_text)
            sqlite3_bind_text(statement, at + 1, arg[at].text, -1, SQLITE_TRANSIENT);
        else
            sqlite3_bind_int64(statement, at + 1, arg[at].number);
}

sqlite3_stmt *prepare(Database *db, const char *sql, int args, Value *arg)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db->connection, sql, -1, &statement, NULL) != SQLITE_OK)
        fail(sqlite3_errmsg(db->connection));
    bind(statement, args, arg);
    return statement;
}

Rows *new_rows(void)
{
    return rows_for(0, 0);
}

Row row_of(sqlite3_stmt *statement)
{
    int columns = sqlite3_column_count(statement);
    Row row = calloc((size_t)columns, sizeof *row);
    for (int column = 0; column < columns; column++)
        row[column] = sqlite3_column_type(statement, column) == SQLITE_INTEGER
                          ? number(sqlite3_column_int64(statement, column))
                          : text((const char *)sqlite3_column_text(statement, column) ?: "");
    return row;
}

void add_row(Rows *rows, sqlite3_stmt *statement)
{
    rows->columns = sqlite3_column_count(statement);
    rows->row = realloc(rows->row, sizeof *rows->row * (size_t)(rows->count + 1));
    rows->row[rows->count++] = row_of(statement);
}

Rows *query(Database *db, int place, const char *sql, int args, Value *arg)
{
    count(place);
    sqlite3_stmt *statement = prepare(db, sql, args, arg);
    Rows *rows = new_rows();
    int status;
    while ((status = sqlite3_step(statement)) == SQLITE_ROW)
        add_row(rows, statement);
    if (status != SQLITE_DONE)
        fail(sqlite3_errmsg(db->connection));
    sqlite3_finalize(statement);
    return rows;
}

static void run(Database *db, const char *sql)
{
    sqlite3_exec(db->connection, sql, NULL, NULL, NULL);
}

#else

Database *open_database(void)
{
    Database *db = calloc(1, sizeof *db);
    db->connection = PQconnectdb("");
    if (PQstatus(db->connection) != CONNECTION_OK)
        fail(PQerrorMessage(db->connection));
    return db;
}

const char *const *texts(int args, Value *arg)
{
    const char **found = calloc((size_t)args + 1, sizeof *found);
    for (int at = 0; at < args; at++)
        found[at] = arg[at].text;
    return found;
}

Rows *rows_of(PGresult *result)
{
    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        fail(PQresultErrorMessage(result));
    Rows *rows = rows_for(PQntuples(result), PQnfields(result));
    for (; rows->count < PQntuples(result); rows->count++) {
        Row row = rows->row[rows->count] = calloc((size_t)rows->columns, sizeof *row);
        for (int column = 0; column < rows->columns; column++) {
            row[column] = text(PQgetvalue(result, rows->count, column));
            row[column].number = atoll(row[column].text);
        }
    }
    PQclear(result);
    return rows;
}

static char *numbered(const char *sql)
{
    char *out = malloc(strlen(sql) * 5 + 1), *end = out;
    for (int marker = 0; *sql; sql++)
        if (*sql == '?')
            end += sprintf(end, "$%d", ++marker);
        else
            *end++ = *sql;
    *end = 0;
    return out;
}

Rows *query(Database *db, int place, const char *sql, int args, Value *arg)
{
    count(place);
    return rows_of(PQexecParams(db->connection, numbered(sql), args, NULL, texts(args, arg), NULL, NULL, 0));
}

static void run(Database *db, const char *sql)
{
    PQclear(PQexec(db->connection, sql));
}

#endif

void begin_all(Database *db)
{
    run(db, "BEGIN");
}

void commit_all(Database *db)
{
    run(db, "COMMIT");
}

/* ---- threads */

struct crew {
    Rows *rows;
    int next;
    void (*work)(Database *, Row);
};

static void *worker(void *data)
{
    struct crew *crew = data;
    Database *db = open_database();
    for (int at; (at = __atomic_fetch_add(&crew->next, 1, __ATOMIC_RELAXED)) < crew->rows->count;)
        crew->work(db, crew->rows->row[at]);
    return NULL;
}

void pool(Database *db, int workers, void (*work)(Database *, Row), Rows *rows)
{
    (void)db;
    struct crew crew = {rows, 0, work};
    pthread_t thread[8];
    for (int at = 0; at < workers; at++)
        pthread_create(&thread[at], NULL, worker, &crew);
    for (int at = 0; at < workers; at++)
        pthread_join(thread[at], NULL);
}
