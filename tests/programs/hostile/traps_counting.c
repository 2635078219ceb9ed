/* What is an execution, what is a row, what is an error: SQLite's interface used in every way that programs use it. */
#include "trap.h"

#include <unistd.h>

static void reset_twice(void)
{
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmt = trap_prepare(db, "SELECT ?");

    for (int i = 0; i < 10; i++) {
        sqlite3_bind_int(stmt, 1, i);
        trap_expect(1, 1, 0);
        TRAP_MUST(sqlite3_step(stmt) == SQLITE_ROW);
        sqlite3_reset(stmt);
        sqlite3_reset(stmt);
    }
    sqlite3_reset(stmt);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void step_after_done(void)
{
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmt = trap_prepare(db, "VALUES (1), (2), (3)");

    for (int i = 0; i < 5; i++) { /* no reset: the next step begins anew */
        trap_expect(1, 3, 0);
        for (int row = 0; row < 3; row++)
            TRAP_MUST(sqlite3_step(stmt) == SQLITE_ROW);
        TRAP_MUST(sqlite3_step(stmt) == SQLITE_DONE);
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void prepared_and_never_run(void)
{
    sqlite3 *db = trap_open();

    for (int i = 0; i < 10; i++)
        sqlite3_finalize(trap_prepare(db, "SELECT 1"));
    trap_lookup(db, 1); /* so that there is a recording */
    sqlite3_close(db);
}

static void every_prepare(void)
{
    static const unsigned short wide[] = {'S', 'E', 'L', 'E', 'C', 'T', ' ', '1', 0};
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmts[6];

    TRAP_MUST(sqlite3_prepare(db, "SELECT 1", -1, &stmts[0], NULL) == SQLITE_OK);
    TRAP_MUST(sqlite3_prepare_v2(db, "SELECT 1, then rubbish", 8, &stmts[1], NULL) == SQLITE_OK);
    TRAP_MUST(sqlite3_prepare_v3(db, "SELECT 1", -1, SQLITE_PREPARE_PERSISTENT, &stmts[2], NULL) == SQLITE_OK);
    TRAP_MUST(sqlite3_prepare16(db, wide, -1, &stmts[3], NULL) == SQLITE_OK);
    TRAP_MUST(sqlite3_prepare16_v2(db, wide, sizeof wide, &stmts[4], NULL) == SQLITE_OK);
    TRAP_MUST(sqlite3_prepare16_v3(db, wide, -1, 0, &stmts[5], NULL) == SQLITE_OK);
    for (int i = 0; i < 6; i++) {
        trap_expect(1, 1, 0);
        TRAP_MUST(sqlite3_step(stmts[i]) == SQLITE_ROW);
        TRAP_MUST(sqlite3_step(stmts[i]) == SQLITE_DONE);
        sqlite3_finalize(stmts[i]);
    }
    sqlite3_close(db);
}

/* A statement that is run again as it is, from another place, was executed twice: some drivers do this for one execution, but
 * this program is none of them. */
static void run_again_from_elsewhere(void)
{
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmt = trap_prepare(db, "SELECT 1"), *none = trap_prepare(db, "SELECT 1 WHERE 0");

    for (int i = 0; i < 5; i++) {
        trap_expect(2, 1, 0);
        TRAP_MUST(sqlite3_step(stmt) == SQLITE_ROW);
        TRAP_MUST(sqlite3_step(none) == SQLITE_DONE);
        sqlite3_reset(stmt);
        sqlite3_reset(none);
        trap_expect(2, 1, 0);
        TRAP_MUST(sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_int(stmt, 0) == 1);
        TRAP_MUST(sqlite3_step(none) == SQLITE_DONE);
        sqlite3_reset(stmt);
        sqlite3_reset(none);
    }
    sqlite3_finalize(stmt);
    sqlite3_finalize(none);
    sqlite3_close(db);
}

static void several_in_one_text(void)
{
    const char *sql = "SELECT 1; ; -- nothing\n SELECT 2, 3;VALUES (1), (2)", *tail = sql;
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmt;

    trap_expect(3, 4, 0);
    while (*tail) {
        TRAP_MUST(sqlite3_prepare_v2(db, tail, -1, &stmt, &tail) == SQLITE_OK);
        while (stmt && sqlite3_step(stmt) == SQLITE_ROW)
            continue;
        sqlite3_finalize(stmt);
    }
    sqlite3_close(db);
}

static void get_table(void)
{
    sqlite3 *db = trap_open();
    char **table;
    int rows, columns;

    for (int i = 0; i < 5; i++) {
        trap_expect(1, 2, 0);
        TRAP_MUST(sqlite3_get_table(db, "VALUES (1), (2)", &table, &rows, &columns, NULL) == SQLITE_OK);
        TRAP_MUST(rows == 2 && columns == 1);
        sqlite3_free_table(table);
    }
    sqlite3_close(db);
}

static void exec_with_an_error_in_the_middle(void)
{
    sqlite3 *db = trap_open();
    char *message;

    trap_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY); SELECT 1; VALUES (1), (2);", 3, 3);
    trap_expect(2, 0, 1);
    TRAP_MUST(sqlite3_exec(db, "INSERT INTO t VALUES (1); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)", NULL, NULL,
                           &message) == SQLITE_CONSTRAINT);
    puts(message);
    sqlite3_free(message);
    trap_expect(1, 1, 0); /* what cannot be prepared is not executed */
    TRAP_MUST(sqlite3_exec(db, "SELECT 1; SELEC 2; SELECT 3", NULL, NULL, &message) == SQLITE_ERROR);
    puts(message);
    sqlite3_free(message);
    trap_exec(db, "", 0, 0);
    trap_exec(db, " -- only a comment", 0, 0);
    sqlite3_close(db);
}

static void exec_very_often(void)
{
    sqlite3 *db = trap_open();

    for (int i = 0; i < 150000; i++) /* what is kept for each must go again */
        trap_exec(db, "SELECT 1", 1, 1);
    sqlite3_close(db);
}

static int stop_at_second(void *count, int columns, char **values, char **names)
{
    return ++*(int *)count == 2;
}

static void exec_that_its_callback_ends(void)
{
    sqlite3 *db = trap_open();

    for (int i = 0; i < 3; i++) {
        int count = 0;
        trap_expect(1, 2, 0);
        TRAP_MUST(sqlite3_exec(db, "VALUES (1), (2), (3)", stop_at_second, &count, NULL) == SQLITE_ABORT);
    }
    trap_lookup(db, 3);
    sqlite3_close(db);
}

static int nested_exec(void *db, int columns, char **values, char **names)
{
    trap_run(db, "SELECT 'inside'");
    trap_exec(db, "SELECT 'inside, by exec'; SELECT 2", 2, 2);
    return 0;
}

static void exec_inside_of_exec(void)
{
    sqlite3 *db = trap_open();

    trap_expect(2, 4, 0);
    TRAP_MUST(sqlite3_exec(db, "VALUES (1), (2), (3); SELECT 4", nested_exec, db, NULL) == SQLITE_OK);
    trap_lookup(db, 3);
    sqlite3_close(db);
}

static void function_with_statements(sqlite3_context *context, int count, sqlite3_value **values)
{
    sqlite3 *db = sqlite3_context_db_handle(context);

    trap_run(db, "SELECT 'from a function'");
    trap_exec(db, "SELECT 'from a function, by exec'", 1, 1);
    sqlite3_result_int(context, 1);
}

static void sql_function_that_runs_statements(void)
{
    sqlite3 *db = trap_open();

    TRAP_MUST(sqlite3_create_function(db, "f", 0, SQLITE_UTF8, NULL, function_with_statements, NULL, NULL) == SQLITE_OK);
    trap_run(db, "SELECT f() FROM (VALUES (1), (2), (3))");
    trap_exec(db, "SELECT f(), f()", 1, 1);
    trap_lookup(db, 5);
    sqlite3_close(db);
}

static void full_text_search(void)
{
    sqlite3 *db = trap_open();

    trap_run(db, "CREATE VIRTUAL TABLE documents USING fts5(title, body)");
    for (int i = 0; i < 20; i++)
        trap_run(db, "INSERT INTO documents VALUES ('a title', 'some words to look for')");
    trap_run(db, "SELECT count(*) FROM documents WHERE documents MATCH 'words'");
    trap_exec(db,
              "INSERT INTO documents(documents) VALUES ('optimize'); SELECT rowid FROM documents WHERE documents MATCH 'title'",
              2, 20);
    trap_exec(db, "DELETE FROM documents WHERE rowid = 3; DROP TABLE documents", 2, 0);
    sqlite3_close(db);
}

static void what_the_library_does_for_itself(void)
{
    sqlite3 *db, *other = trap_open();
    sqlite3_blob *blob;
    char byte;

    unlink("itself.db");
    TRAP_MUST(sqlite3_open("itself.db", &db) == SQLITE_OK);
    trap_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, b); CREATE INDEX i ON t(b); INSERT INTO t VALUES (1, 'x')", 3, 0);
    sqlite3_close(db);
    TRAP_MUST(sqlite3_open("itself.db", &db) == SQLITE_OK);
    trap_run(db, "SELECT * FROM t"); /* reads the schema */
    trap_exec(db, "VACUUM; ANALYZE; REINDEX; ALTER TABLE t RENAME TO u; ALTER TABLE u ADD COLUMN c; ALTER TABLE u DROP COLUMN c",
              6, 0);
    trap_exec(db, "CREATE TRIGGER r AFTER INSERT ON u BEGIN INSERT INTO u(b) SELECT 'y' WHERE new.b = 'x'; END", 1, 0);
    trap_exec(db, "INSERT INTO u(b) VALUES ('x')", 1, 0);
    TRAP_MUST(sqlite3_blob_open(db, "main", "u", "b", 1, 0, &blob) == SQLITE_OK);
    TRAP_MUST(sqlite3_blob_read(blob, &byte, 1, 0) == SQLITE_OK && byte == 'x');
    sqlite3_blob_close(blob);
    sqlite3_backup *backup = sqlite3_backup_init(other, "main", db, "main");
    TRAP_MUST(sqlite3_backup_step(backup, -1) == SQLITE_DONE);
    sqlite3_backup_finish(backup);
    TRAP_MUST(sqlite3_table_column_metadata(db, "main", "u", "b", NULL, NULL, NULL, NULL, NULL) == SQLITE_OK);
    trap_run(other, "SELECT * FROM u");
    sqlite3_close(db);
    sqlite3_close(other);
    unlink("itself.db");
}

static void constraint_errors(void)
{
    sqlite3 *db = trap_open();

    trap_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY)", 1, 0);
    sqlite3_stmt *stmt = trap_prepare(db, "INSERT INTO t VALUES (?)");
    for (int i = 0; i < 10; i++) {
        sqlite3_bind_int(stmt, 1, i % 7);
        trap_expect(1, 0, i >= 7);
        TRAP_MUST(sqlite3_step(stmt) == (i >= 7 ? SQLITE_CONSTRAINT : SQLITE_DONE));
        TRAP_MUST(sqlite3_reset(stmt) == (i >= 7 ? SQLITE_CONSTRAINT : SQLITE_OK));
    }
    sqlite3_finalize(stmt);
    TRAP_MUST(sqlite3_prepare(db, "INSERT INTO t VALUES (1)", -1, &stmt, NULL) == SQLITE_OK); /* the old interface */
    trap_expect(1, 0, 1);
    TRAP_MUST(sqlite3_step(stmt) == SQLITE_ERROR);
    TRAP_MUST(sqlite3_finalize(stmt) == SQLITE_CONSTRAINT);
    sqlite3_close(db);
}

static void busy_errors(void)
{
    sqlite3 *db, *other;

    unlink("busy.db");
    TRAP_MUST(sqlite3_open("busy.db", &db) == SQLITE_OK && sqlite3_open("busy.db", &other) == SQLITE_OK);
    trap_exec(db, "CREATE TABLE t(id); BEGIN EXCLUSIVE", 2, 0);
    for (int i = 0; i < 3; i++) {
        trap_expect(1, 0, 1);
        TRAP_MUST(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_BUSY);
    }
    trap_exec(db, "COMMIT", 1, 0);
    sqlite3_stmt *stmt = trap_prepare(other, "INSERT INTO t VALUES (1)");
    trap_exec(db, "BEGIN EXCLUSIVE", 1, 0);
    for (int i = 0; i < 4; i++) { /* tried again without a reset */
        trap_expect(1, 0, 1);
        TRAP_MUST(sqlite3_step(stmt) == SQLITE_BUSY);
    }
    trap_exec(db, "COMMIT", 1, 0);
    trap_expect(1, 0, 0);
    TRAP_MUST(sqlite3_step(stmt) == SQLITE_DONE);
    TRAP_MUST(sqlite3_close(other) == SQLITE_BUSY); /* stays open */
    trap_lookup(other, 2);
    sqlite3_finalize(stmt);
    TRAP_MUST(sqlite3_close(other) == SQLITE_OK);
    sqlite3_close(db);
    unlink("busy.db");
}

static void interrupt(sqlite3_context *context, int count, sqlite3_value **values)
{
    if (sqlite3_value_int(values[0]) == 3)
        sqlite3_interrupt(sqlite3_context_db_handle(context));
    sqlite3_result_int(context, 1);
}

static void interrupted(void)
{
    sqlite3 *db = trap_open();

    TRAP_MUST(sqlite3_create_function(db, "stop_at_3", 1, SQLITE_UTF8, NULL, interrupt, NULL, NULL) == SQLITE_OK);
    sqlite3_stmt *stmt = trap_prepare(db, "SELECT stop_at_3(column1) FROM (VALUES (1), (2), (3), (4))");
    for (int i = 0; i < 5; i++) {
        int rows = 0, result;
        while ((result = sqlite3_step(stmt)) == SQLITE_ROW)
            rows++;
        TRAP_MUST(result == SQLITE_INTERRUPT);
        trap_expect(1, rows, 1);
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void unfinalized_at_close(void)
{
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmt = trap_prepare(db, "VALUES (1), (2)"), *other = trap_prepare(db, "SELECT 1");

    trap_expect(1, 1, 0);
    TRAP_MUST(sqlite3_step(stmt) == SQLITE_ROW);
    TRAP_MUST(sqlite3_close(db) == SQLITE_BUSY);
    trap_lookup(db, 2);
    TRAP_MUST(sqlite3_close_v2(db) == SQLITE_OK); /* lives on until its last statement goes */
    trap_expect(0, 1, 0);
    TRAP_MUST(sqlite3_step(stmt) == SQLITE_ROW);
    trap_expect(1, 1, 0);
    TRAP_MUST(sqlite3_step(other) == SQLITE_ROW);
    sqlite3_finalize(other);
    TRAP_MUST(sqlite3_step(stmt) == SQLITE_DONE);
    sqlite3_finalize(stmt);
    for (int i = 0; i < 100; i++) { /* addresses are used again */
        db = trap_open();
        trap_lookup(db, 1);
        sqlite3_close_v2(db);
    }
}

static void never_finalized(void)
{
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmt = trap_prepare(db, "VALUES (1), (2)");

    trap_expect(1, 1, 0);
    TRAP_MUST(sqlite3_step(stmt) == SQLITE_ROW);
}

static void nothing_to_run(void)
{
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmt = (sqlite3_stmt *)db;

    TRAP_MUST(sqlite3_prepare_v2(db, " -- nothing", -1, &stmt, NULL) == SQLITE_OK && !stmt);
    TRAP_MUST(sqlite3_prepare_v2(db, "SELEC", -1, &stmt, NULL) == SQLITE_ERROR && !stmt);
    TRAP_MUST(sqlite3_step(NULL) == SQLITE_MISUSE);
    TRAP_MUST(sqlite3_reset(NULL) == SQLITE_OK);
    TRAP_MUST(sqlite3_finalize(NULL) == SQLITE_OK);
    TRAP_MUST(sqlite3_close(NULL) == SQLITE_OK);
    TRAP_MUST(sqlite3_close_v2(NULL) == SQLITE_OK);
    TRAP_MUST(sqlite3_bind_int(NULL, 1, 1) == SQLITE_MISUSE);
    trap_lookup(db, 1);
    sqlite3_close(db);
}

static void schema_that_changes(void)
{
    sqlite3 *db = trap_open();

    trap_exec(db, "CREATE TABLE t(id)", 1, 0);
    sqlite3_stmt *stmt = trap_prepare(db, "SELECT * FROM t");
    for (int i = 0; i < 5; i++) {
        char sql[64];
        snprintf(sql, sizeof sql, "ALTER TABLE t ADD COLUMN c%d", i);
        trap_run(db, sql);
        trap_expect(1, 0, 0); /* prepared anew inside of the step */
        TRAP_MUST(sqlite3_step(stmt) == SQLITE_DONE);
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    sqlite3_close(db);
}

static void every_bind(void)
{
    static const unsigned short wide[] = {'x', 0x20ac, 0};
    sqlite3 *db = trap_open();
    sqlite3_stmt *stmt = trap_prepare(db, "SELECT ?"), *source = trap_prepare(db, "SELECT 'v'");

    trap_expect(1, 1, 0);
    TRAP_MUST(sqlite3_step(source) == SQLITE_ROW);
    for (int i = 0; i < 26; i++) {
        int result;
        switch (i % 13) {
        case 0:
            result = sqlite3_bind_int(stmt, 1, 1);
            break;
        case 1:
            result = sqlite3_bind_int64(stmt, 1, -1);
            break;
        case 2:
            result = sqlite3_bind_double(stmt, 1, 1.5);
            break;
        case 3:
            result = sqlite3_bind_null(stmt, 1);
            break;
        case 4:
            result = sqlite3_bind_text(stmt, 1, "a text", -1, SQLITE_STATIC);
            break;
        case 5:
            result = sqlite3_bind_text(stmt, 1, "a text", 3, SQLITE_TRANSIENT);
            break;
        case 6:
            result = sqlite3_bind_text16(stmt, 1, wide, -1, SQLITE_STATIC);
            break;
        case 7:
            result = sqlite3_bind_text64(stmt, 1, "64", 2, SQLITE_STATIC, SQLITE_UTF8);
            break;
        case 8:
            result = sqlite3_bind_blob(stmt, 1, "blob\0", 5, SQLITE_STATIC);
            break;
        case 9:
            result = sqlite3_bind_blob64(stmt, 1, "", 0, SQLITE_STATIC);
            break;
        case 10:
            result = sqlite3_bind_zeroblob(stmt, 1, 4);
            break;
        case 11:
            result = sqlite3_bind_value(stmt, 1, sqlite3_column_value(source, 0));
            break;
        default:
            result = sqlite3_clear_bindings(stmt);
            break;
        }
        TRAP_MUST(result == SQLITE_OK);
        TRAP_MUST(sqlite3_bind_int(stmt, 2, 1) == SQLITE_RANGE);
        trap_expect(1, 1, 0);
        TRAP_MUST(sqlite3_step(stmt) == SQLITE_ROW);
        printf("%d %d\n", sqlite3_column_type(stmt, 0), sqlite3_column_bytes(stmt, 0));
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    sqlite3_finalize(source);
    sqlite3_close(db);
}

static void long_and_odd_texts(void)
{
    sqlite3 *db = trap_open();
    size_t size = 500000;
    char *sql = malloc(size + 32);

    strcpy(sql, "SELECT '");
    memset(sql + 8, 'a', size);
    strcpy(sql + 8 + size, "'");
    trap_run(db, sql);
    trap_run(db, "SELECT '\xff\xfe\x01', \"a\xc3\"  FROM (SELECT 1 AS \"a\xc3\")");
    trap_run(db, "EXPLAIN QUERY PLAN SELECT 1");
    trap_run(db, "PRAGMA user_version");
    trap_run(db, "/*route='x'*/ SELECT 1 /*traceparent='00-1-2-3'*/");
    free(sql);
    sqlite3_close(db);
}

static const struct trap traps[] = {
    {"reset_twice", reset_twice},
    {"step_after_done", step_after_done},
    {"prepared_and_never_run", prepared_and_never_run},
    {"every_prepare", every_prepare},
    {"several_in_one_text", several_in_one_text},
    {"get_table", get_table},
    {"exec_with_an_error_in_the_middle", exec_with_an_error_in_the_middle},
    {"exec_very_often", exec_very_often},
    {"exec_that_its_callback_ends", exec_that_its_callback_ends},
    {"exec_inside_of_exec", exec_inside_of_exec},
    {"sql_function_that_runs_statements", sql_function_that_runs_statements},
    {"full_text_search", full_text_search},
    {"what_the_library_does_for_itself", what_the_library_does_for_itself},
    {"constraint_errors", constraint_errors},
    {"busy_errors", busy_errors},
    {"interrupted", interrupted},
    {"unfinalized_at_close", unfinalized_at_close},
    {"never_finalized", never_finalized},
    {"nothing_to_run", nothing_to_run},
    {"run_again_from_elsewhere", run_again_from_elsewhere},
    {"schema_that_changes", schema_that_changes},
    {"every_bind", every_bind},
    {"long_and_odd_texts", long_and_odd_texts},
};
TRAP_MAIN(traps)
