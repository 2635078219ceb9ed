/* Errors, values both ways, UTF-16, and what statements say of themselves. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "behaviour.h"

static __thread int destroyed;

static void destroy(void *memory)
{
    destroyed++;
    free(memory);
}

static void *copy_of(const void *memory, size_t size)
{
    void *copy = malloc(size);

    memcpy(copy, memory, size);
    return copy;
}

static void fail_to_prepare(struct scene *scene, sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = (sqlite3_stmt *)scene;
    const char *tail = NULL;
    int result = sqlite3_prepare_v2(db, sql, -1, &statement, &tail);

    say(scene, "%s: %d %d %s, %s, tail %ld", sql, result, sqlite3_extended_errcode(db), sqlite3_errmsg(db),
        statement ? "one" : "none", tail ? (long)(tail - sql) : -1L);
    sqlite3_finalize(statement);
}

void behaviour_errors(struct scene *scene)
{
    sqlite3 *db = scene_open(scene, NULL), *none = (sqlite3 *)scene;
    sqlite3_stmt *statement;

    fail_to_prepare(scene, db, "SELEC 1");
    fail_to_prepare(scene, db, "SELECT * FROM nothing");
    fail_to_prepare(scene, db, "");
    fail_to_prepare(scene, db, "  -- a comment");
    fail_to_prepare(scene, db, "SELECT 1; SELECT 2");
    fail_to_prepare(scene, db, "SELECT 'never ends");
    say(scene, "NULL: %d %d %d", sqlite3_step(NULL), sqlite3_reset(NULL), sqlite3_finalize(NULL));
    say(scene, "no file: %d", sqlite3_open_v2("/nowhere/at/all", &none, SQLITE_OPEN_READONLY, NULL));
    say(scene, "%s", sqlite3_errmsg(none));
    sqlite3_close(none);
    say(scene, "no vfs: %d", sqlite3_open_v2(":memory:", &none, SQLITE_OPEN_READWRITE, "no such vfs"));
    sqlite3_close_v2(none);
    say(scene, "close of none: %d %d", sqlite3_close(NULL), sqlite3_close_v2(NULL));
    scene_run(scene, db, "CREATE UNIQUE INDEX by_name ON t (name)");
    for (int legacy = 0; legacy < 2; legacy++) {
        const char *sql = "INSERT INTO t (name) VALUES (?)";
        int result = legacy ? sqlite3_prepare(db, sql, -1, &statement, NULL)
                            : sqlite3_prepare_v3(db, sql, -1, 0, &statement, NULL);
        for (int i = 38; i < 43; i++) {
            char name[32];
            snprintf(name, sizeof name, "name %d", i + legacy);
            sqlite3_bind_text(statement, 1, name, -1, SQLITE_TRANSIENT);
            result = sqlite3_step(statement);
            say(scene, "%s: %d %d %s", name, result, sqlite3_extended_errcode(db), sqlite3_errmsg(db));
            say(scene, "reset %d, %s", sqlite3_reset(statement), legacy ? "" : sqlite3_errmsg(db));
        }
        say(scene, "finalize %d", sqlite3_finalize(statement));
    }
    scene_run(scene, db, "SELECT 1; SELECT abs(-9223372036854775807 - 1); SELECT 2");
    scene_run(scene, db, "INSERT INTO t VALUES (1, 'x', 2)");
    scene_rows(scene, db, "SELECT name FROM t WHERE id = 3 AND abs(-9223372036854775807 - 1) = 1");
    scene_close(scene, db);
}

static void bind_row(struct scene *scene, sqlite3_stmt *statement, int round)
{
    static const char text[] = "some text", utf16[] = "u\0t\0f\0";
    int results[12];

    results[0] = sqlite3_bind_int(statement, 1, round);
    results[1] = sqlite3_bind_int64(statement, 2, INT64_C(1) << (20 + round % 40));
    results[2] = sqlite3_bind_double(statement, 3, round / 3.0);
    results[3] = sqlite3_bind_text(statement, 4, text, round % 10, SQLITE_STATIC);
    results[4] = sqlite3_bind_text(statement, 5, copy_of(text, sizeof text), -1, destroy);
    results[5] = sqlite3_bind_text16(statement, 6, utf16, 6, SQLITE_TRANSIENT);
    results[6] = sqlite3_bind_text64(statement, 7, copy_of(text, 4), 4, destroy, SQLITE_UTF8);
    results[7] = sqlite3_bind_blob(statement, 8, copy_of(text, 5), 5, destroy);
    results[8] = sqlite3_bind_blob64(statement, 9, text, (sqlite3_uint64)round % 7, SQLITE_TRANSIENT);
    results[9] = sqlite3_bind_zeroblob(statement, 10, 10 + round % 5);
    results[10] = sqlite3_bind_null(statement, 11);
    results[11] = sqlite3_bind_zeroblob64(statement, 12, 3);
    for (int i = 0; i < 12; i++) {
        if (results[i] != SQLITE_OK)
            say(scene, "bind %d: %d", i, results[i]);
    }
}

void behaviour_values(struct scene *scene)
{
    sqlite3 *db = scene_open(scene, NULL);
    sqlite3_stmt *in, *out, *again;
    char *big = calloc(1, 2000);

    destroyed = 0;
    scene_run(scene, db, "CREATE TABLE v (a, b, c, d, e, f, g, h, i, j, k, l); BEGIN");
    say(scene, "%d", sqlite3_prepare_v2(db, "INSERT INTO v VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", -1, &in, NULL));
    for (int round = 0; round < 300; round++) {
        bind_row(scene, in, round);
        sqlite3_step(in);
        sqlite3_reset(in);
        if (round % 3 == 0)
            sqlite3_clear_bindings(in);
    }
    scene_run(scene, db, "COMMIT");
    say(scene, "out of range: %d", sqlite3_bind_int(in, 13, 1));
    say(scene, "out of range: %d", sqlite3_bind_text(in, 0, copy_of("x", 2), -1, destroy));
    say(scene, "on none: %d", sqlite3_bind_int(NULL, 1, 1));
    say(scene, "on none: %d", sqlite3_bind_blob(NULL, 1, copy_of("x", 1), 1, destroy));
    say(scene, "too big: %d", sqlite3_bind_text64(in, 1, big, UINT64_C(1) << 33, free, SQLITE_UTF8));
    say(scene, "pointer: %d", sqlite3_bind_pointer(in, 1, copy_of("x", 1), "a type", destroy));
    say(scene, "finalize %d", sqlite3_finalize(in));
    say(scene, "destroyed %d", destroyed);
    sqlite3_prepare_v2(db, "SELECT * FROM v", -1, &out, NULL);
    sqlite3_prepare_v2(db, "SELECT ?1, typeof(?1), :named, @other, $third", -1, &again, NULL);
    say(scene, "names: %d %d %s", sqlite3_bind_parameter_index(again, ":named"), sqlite3_bind_parameter_count(again),
        sqlite3_bind_parameter_name(again, 3));
    for (int round = 0; sqlite3_step(out) == SQLITE_ROW; round++) {
        say(scene, "type %d", sqlite3_column_type(out, round % 14));
        say(scene, "%d %lld %.6f %s %d", sqlite3_column_int(out, 0), (long long)sqlite3_column_int64(out, 1),
            sqlite3_column_double(out, 2), (const char *)sqlite3_column_text(out, 4), sqlite3_column_bytes(out, 7));
        say(scene, "%d", sqlite3_column_bytes16(out, 5));
        sqlite3_bind_value(again, 1, sqlite3_column_value(out, round % 12));
        sqlite3_step(again);
        say(scene, "%s %d", (const char *)sqlite3_column_text(again, 1), sqlite3_column_blob(again, 0) != NULL);
        say(scene, "%c", *(const char *)sqlite3_column_text16(again, 1));
        say(scene, "busy bind: %d", sqlite3_bind_int(again, 2, 1));
        sqlite3_reset(again);
    }
    say(scene, "columns of no row: %d %d %d", sqlite3_column_int(out, 0), sqlite3_column_text(out, 3) != NULL,
        sqlite3_column_type(out, 99));
    sqlite3_finalize(out);
    sqlite3_finalize(again);
    scene_close(scene, db);
}

/* ASCII as UTF-16. */
static const void *wide(const char *text, char *to)
{
    size_t i = 0;

    for (; text[i]; i++) {
        to[2 * i] = text[i];
        to[2 * i + 1] = 0;
    }
    to[2 * i] = to[2 * i + 1] = 0;
    return to;
}

void behaviour_utf16(struct scene *scene)
{
    char name[400], sql[400];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement;
    const void *tail = NULL;

    say(scene, "open16: %d", sqlite3_open16(wide(":memory:", name), &db));
    scene_run(scene, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
    for (int i = 0; i < 60; i++) {
        wide("INSERT INTO t (name) VALUES (?); SELECT 2", sql);
        int result = i % 3 == 0   ? sqlite3_prepare16(db, sql, -1, &statement, &tail)
                     : i % 3 == 1 ? sqlite3_prepare16_v2(db, sql, -1, &statement, &tail)
                                  : sqlite3_prepare16_v3(db, sql, -1, 0, &statement, &tail);
        sqlite3_bind_text16(statement, 1, wide("a name", name), -1, SQLITE_TRANSIENT);
        say(scene, "%d, tail %ld, step %d", result, (long)((const char *)tail - sql), sqlite3_step(statement));
        say(scene, "finalize %d", sqlite3_finalize(statement));
    }
    say(scene, "%d", sqlite3_prepare16_v2(db, wide("SELECT id, name FROM t WHERE id % 7 = 0", sql), -1, &statement, NULL));
    while (sqlite3_step(statement) == SQLITE_ROW)
        say(scene, "%d %d %c", sqlite3_column_int(statement, 0), sqlite3_column_bytes16(statement, 1),
            *(const char *)sqlite3_column_text16(statement, 1));
    sqlite3_finalize(statement);
    say(scene, "%d", sqlite3_prepare16(db, wide("SELEC", sql), -1, &statement, NULL));
    say(scene, "%c", *(const char *)sqlite3_errmsg16(db));
    scene_close(scene, db);
}

void behaviour_statements(struct scene *scene)
{
    sqlite3 *db = scene_open(scene, NULL);
    sqlite3_stmt *statement, *other;

    for (int i = 0; i < 3; i++) /* of which no parameter is given a value */
        scene_rows(scene, db, "SELECT ? IS NULL, '?', :a IS NULL AS \"what? $x\", ?7 -- ?");
    sqlite3_prepare_v3(db, "SELECT id, name FROM t WHERE id > ?", -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    sqlite3_prepare_v2(db, "UPDATE t SET number = number + ?", -1, &other, NULL);
    for (int i = 0; i < 100; i++) {
        char *expanded;
        sqlite3_bind_int(statement, 1, i % 39);
        sqlite3_bind_double(other, 1, i);
        say(scene, "step %d", sqlite3_step(statement));
        expanded = sqlite3_expanded_sql(statement);
        say(scene, "%s busy %d %d readonly %d %d data %d %s", expanded, sqlite3_stmt_busy(statement), sqlite3_stmt_busy(other),
            sqlite3_stmt_readonly(statement), sqlite3_stmt_readonly(other), sqlite3_data_count(statement), sqlite3_sql(other));
        sqlite3_free(expanded);
        sqlite3_step(other);
        say(scene, "changes %d %d", sqlite3_changes(db), sqlite3_total_changes(db));
        if (i % 2)
            sqlite3_reset(statement); /* else it goes on */
        sqlite3_reset(other);
    }
    say(scene, "steps %d, runs %d", sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 0) > 0,
        sqlite3_stmt_status(other, SQLITE_STMTSTATUS_RUN, 0));
    say(scene, "next: %d", sqlite3_next_stmt(db, NULL) == other || sqlite3_next_stmt(db, NULL) == statement);
    scene_run(scene, db, "ALTER TABLE t ADD COLUMN more"); /* they are compiled again */
    sqlite3_reset(statement);
    sqlite3_step(statement);
    say(scene, "%d columns", sqlite3_column_count(statement));
    say(scene, "finalize of a busy one %d", sqlite3_finalize(statement));
    sqlite3_finalize(other);
    scene_run(scene, db, "SAVEPOINT a; UPDATE t SET name = 'x'; SAVEPOINT b; DELETE FROM t; ROLLBACK TO b; RELEASE a");
    say(scene, "%ld, autocommit %d", scene_number(db, "SELECT count(*) FROM t WHERE name = 'x' AND id < ?", 30),
        sqlite3_get_autocommit(db));
    scene_rows(scene, db, "EXPLAIN QUERY PLAN SELECT * FROM t WHERE id = 3");
    scene_rows(scene, db, "PRAGMA table_info(t)");
    scene_close(scene, db);
}

void behaviour_closing(struct scene *scene)
{
    sqlite3 *db = scene_open(scene, NULL);
    sqlite3_stmt *statement, *other;

    sqlite3_prepare_v2(db, "SELECT id FROM t", -1, &statement, NULL);
    sqlite3_prepare_v2(db, "SELECT name FROM t", -1, &other, NULL);
    sqlite3_step(statement);
    say(scene, "close: %d", sqlite3_close(db));
    say(scene, "%s", sqlite3_errmsg(db));
    say(scene, "close_v2: %d", sqlite3_close_v2(db));
    for (int i = 0; i < 5; i++)
        say(scene, "step of a zombie's: %d", sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int(statement, 0) : -1);
    say(scene, "never run: %d", sqlite3_finalize(other));
    say(scene, "the last one: %d", sqlite3_finalize(statement));
}
