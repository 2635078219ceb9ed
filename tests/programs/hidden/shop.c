/* A loop and its eager twin over SQLite that is a part of the program, with SQLite's own count of what it ran.
 *
 * hidden_shop lazy|eager|callback|exec [ROWS]: prints what it read; to the file in HIDDEN_COUNT, how many statements SQLite's
 * trace saw begin, those that read its schema left out.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite3.h"

static long traced;

static int trace(unsigned kind, void *context, void *statement, void *text)
{
    const char *sql = sqlite3_sql(statement);

    (void)context;
    (void)text;
    if (kind == SQLITE_TRACE_STMT && sql && !strstr(sql, "sqlite_master"))
        traced++;
    return 0;
}

static void check(int result, sqlite3 *db)
{
    if (result == SQLITE_OK || result == SQLITE_DONE || result == SQLITE_ROW)
        return;
    fprintf(stderr, "%s\n", sqlite3_errmsg(db));
    exit(2);
}

static void run(sqlite3 *db, const char *sql)
{
    check(sqlite3_exec(db, sql, NULL, NULL, NULL), db);
}

static void fill(sqlite3 *db, int rows)
{
    sqlite3_stmt *statement;

    run(db,
        "CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT, code TEXT); CREATE TABLE purchase (id INTEGER PRIMARY KEY, "
        "code TEXT, price REAL); BEGIN");
    check(sqlite3_prepare_v2(db, "INSERT INTO customer VALUES (?, ?, ?)", -1, &statement, NULL), db);
    for (int i = 1; i <= rows; i++) {
        char code[32];
        snprintf(code, sizeof code, "c-%d", i * 7919 % 100003);
        sqlite3_bind_int(statement, 1, i);
        sqlite3_bind_text(statement, 2, "somebody", -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 3, code, -1, SQLITE_TRANSIENT);
        check(sqlite3_step(statement), db);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    run(db, "INSERT INTO purchase SELECT id, code, id * 1.5 FROM customer; COMMIT; CREATE INDEX by_code ON purchase (code)");
}

static double price_of(sqlite3 *db, const char *code)
{
    sqlite3_stmt *statement;
    double price = 0;

    check(sqlite3_prepare_v2(db, "SELECT price FROM purchase WHERE code = ?", -1, &statement, NULL), db);
    sqlite3_bind_text(statement, 1, code, -1, SQLITE_TRANSIENT);
    while (sqlite3_step(statement) == SQLITE_ROW) /* N+1 here */
        price += sqlite3_column_double(statement, 0);
    check(sqlite3_finalize(statement), db);
    return price;
}

static double lazy(sqlite3 *db)
{
    sqlite3_stmt *statement;
    double sum = 0;

    check(sqlite3_prepare_v2(db, "SELECT id, code FROM customer ORDER BY id", -1, &statement, NULL), db);
    while (sqlite3_step(statement) == SQLITE_ROW)
        sum += price_of(db, (const char *)sqlite3_column_text(statement, 1));
    check(sqlite3_finalize(statement), db);
    return sum;
}

static double eager(sqlite3 *db)
{
    sqlite3_stmt *statement;
    double sum = 0;

    check(sqlite3_prepare_v2(db, "SELECT sum(price) FROM customer JOIN purchase USING (code)", -1, &statement, NULL), db);
    while (sqlite3_step(statement) == SQLITE_ROW)
        sum += sqlite3_column_double(statement, 0);
    check(sqlite3_finalize(statement), db);
    return sum;
}

struct callback {
    sqlite3 *db;
    double sum;
};

static int each(void *argument, int columns, char **values, char **names)
{
    struct callback *callback = argument;

    (void)columns;
    (void)names;
    callback->sum += price_of(callback->db, values[0]);
    return 0;
}

/* The loop is SQLite's: sqlite3_exec calls back. */
static double by_callback(sqlite3 *db)
{
    struct callback callback = {db, 0};

    check(sqlite3_exec(db, "SELECT code FROM customer ORDER BY id", each, &callback, NULL), db);
    return callback.sum;
}

/* A function in SQL that runs statements. */
static void price_function(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    sqlite3_result_double(context, price_of(sqlite3_context_db_handle(context), (const char *)sqlite3_value_text(values[0])));
}

static double by_function(sqlite3 *db)
{
    sqlite3_stmt *statement;
    double sum = 0;

    check(sqlite3_create_function(db, "price_of", 1, SQLITE_UTF8, NULL, price_function, NULL, NULL), db);
    check(sqlite3_prepare_v2(db, "SELECT price_of(code) FROM customer ORDER BY id", -1, &statement, NULL), db);
    while (sqlite3_step(statement) == SQLITE_ROW)
        sum += sqlite3_column_double(statement, 0);
    check(sqlite3_finalize(statement), db);
    return sum;
}

__attribute__((visibility("default"))) int shop_main(int argc, char **argv);

int shop_main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "lazy", *count = getenv("HIDDEN_COUNT");
    sqlite3 *db;
    double sum;

    traced = 0;
    check(sqlite3_open(":memory:", &db), db);
    sqlite3_trace_v2(db, SQLITE_TRACE_STMT, trace, NULL);
    fill(db, argc > 2 ? atoi(argv[2]) : 1000);
    sum = strcmp(how, "lazy") == 0       ? lazy(db)
          : strcmp(how, "eager") == 0    ? eager(db)
          : strcmp(how, "callback") == 0 ? by_callback(db)
                                         : by_function(db);
    printf("%s %.1f of %s\n", how, sum, sqlite3_libversion());
    check(sqlite3_close(db), db);
    if (count) {
        FILE *file = fopen(count, "w");
        fprintf(file, "%ld\n", traced);
        fclose(file);
    }
    return 0;
}

int main(int argc, char **argv)
{
    return shop_main(argc, argv);
}
