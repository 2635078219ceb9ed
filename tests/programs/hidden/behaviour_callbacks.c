/* What SQLite calls of the program, which comes back with statements of its own. */
#include <stdlib.h>
#include <string.h>

#include "behaviour.h"

struct coming_back {
    struct scene *scene;
    sqlite3 *db, *other;
    int calls, limit, depth;
};

/* Of a row: one statement, and of every tenth another exec inside. */
static int each_row(void *argument, int columns, char **values, char **names)
{
    struct coming_back *back = argument;

    back->calls++;
    say(back->scene, "%d %s=%s %ld", columns, names[0], values[0] ? values[0] : "none",
        scene_number(back->db, "SELECT count(*) FROM t WHERE id <= ?", back->calls));
    if (back->calls % 10 == 0 && back->depth < 2) {
        back->depth++;
        scene_rows(back->scene, back->db, "SELECT ? IS NULL");
        say(back->scene, "inner %d", sqlite3_exec(back->db, "SELECT number FROM t WHERE id < 4", each_row, back, NULL));
        back->depth--;
    }
    return back->calls == back->limit;
}

static void function(sqlite3_context *context, int count, sqlite3_value **values)
{
    struct coming_back *back = sqlite3_user_data(context);
    int value = count > 0 ? sqlite3_value_int(values[0]) : 0;

    if (value == 37)
        sqlite3_result_error(context, "thirty-seven", -1);
    else
        sqlite3_result_int64(context,
                             scene_number(sqlite3_context_db_handle(context), "SELECT number FROM t WHERE id = ?", value) +
                                 scene_number(back->other, "SELECT count(*) FROM t WHERE id > ?", value));
}

static void add(sqlite3_context *context, int count, sqlite3_value **values)
{
    sqlite3_int64 *sum = sqlite3_aggregate_context(context, sizeof *sum);
    struct coming_back *back = sqlite3_user_data(context);

    (void)count;
    *sum += sqlite3_value_int(values[0]) + scene_number(back->other, "SELECT id FROM t WHERE id = ?", 7);
}

static void get(sqlite3_context *context)
{
    sqlite3_int64 *sum = sqlite3_aggregate_context(context, sizeof *sum);

    sqlite3_result_int64(context, *sum);
}

static int compare(void *argument, int left_size, const void *left, int right_size, const void *right)
{
    struct coming_back *back = argument;
    int least = left_size < right_size ? left_size : right_size, result = memcmp(left, right, (size_t)least);

    back->calls++;
    scene_number(back->other, "SELECT id FROM t WHERE id = ?", 1);
    return -(result ? result : left_size - right_size);
}

void behaviour_callbacks(struct scene *scene)
{
    struct coming_back back = {.scene = scene, .db = scene_open(scene, NULL), .other = scene_open(scene, NULL)};
    char **result, *error = NULL;
    int rows, columns;

    say(scene, "all: %d", sqlite3_exec(back.db, "SELECT name FROM t; SELECT id FROM t WHERE id > 30", each_row, &back, NULL));
    back = (struct coming_back){.scene = scene, .db = back.db, .other = back.other, .limit = 25};
    say(scene, "ended by the callback: %d", sqlite3_exec(back.db, "SELECT name FROM t; SELECT 'never'", each_row, &back, &error));
    say(scene, "%s", error);
    sqlite3_free(error);
    for (int i = 0; i < 20; i++) {
        say(scene, "%d",
            sqlite3_get_table(back.db, "SELECT id, name FROM t WHERE id % 9 = 0; SELECT 1, 2", &result, &rows, &columns, &error));
        say(scene, "%d rows of %d, %s %s", rows, columns, result[1], result[2]);
        sqlite3_free_table(result);
    }
    say(scene, "%d", sqlite3_get_table(back.db, "SELECT * FROM none", &result, &rows, &columns, &error));
    say(scene, "%s", error);
    sqlite3_free(error);
    sqlite3_create_function(back.db, "f", 1, SQLITE_UTF8, &back, function, NULL, NULL);
    sqlite3_create_function_v2(back.db, "total_of", 1, SQLITE_UTF8, &back, NULL, add, get, NULL);
    sqlite3_create_window_function(back.db, "moving", 1, SQLITE_UTF8, &back, add, get, get, add, NULL);
    sqlite3_create_collation(back.db, "backwards", SQLITE_UTF8, &back, compare);
    scene_rows(scene, back.db, "SELECT f(id) FROM t WHERE id < 30");
    scene_rows(scene, back.db, "SELECT f(id) FROM t WHERE id > 30");
    scene_rows(scene, back.db, "SELECT total_of(id), total_of(f(id)) FROM t WHERE id < 20");
    scene_rows(scene, back.db, "SELECT moving(id) OVER (ORDER BY id ROWS 2 PRECEDING) FROM t WHERE id < 12");
    scene_rows(scene, back.db, "SELECT name FROM t ORDER BY name COLLATE backwards LIMIT 5");
    scene_run(scene, back.db,
              "CREATE TRIGGER g AFTER UPDATE ON t BEGIN SELECT f(new.id); INSERT INTO t (name) VALUES ('by trigger'); END");
    scene_run(scene, back.db, "UPDATE t SET number = 1 WHERE id < 5");
    scene_close(scene, back.db);
    scene_close(scene, back.other);
}

static int authorize(void *argument, int action, const char *a, const char *b, const char *c, const char *d)
{
    struct coming_back *back = argument;

    (void)c;
    (void)d;
    back->calls++;
    scene_number(back->other, "SELECT count(*) FROM t WHERE id = ?", action);
    if (action == SQLITE_READ && b && strcmp(b, "number") == 0)
        return back->limit == 1 ? SQLITE_DENY : SQLITE_IGNORE;
    return a && strcmp(a, "forbidden") == 0 ? SQLITE_DENY : SQLITE_OK;
}

static int progress(void *argument)
{
    struct coming_back *back = argument;

    back->calls++;
    scene_number(back->other, "SELECT count(*) FROM t WHERE id = ?", 3);
    return back->limit && back->calls > back->limit;
}

static int trace(unsigned kind, void *argument, void *what, void *more)
{
    struct coming_back *back = argument;

    if (kind == SQLITE_TRACE_STMT)
        say(back->scene, "begins: %s", (const char *)more);
    else if (kind == SQLITE_TRACE_ROW)
        say(back->scene, "row of %s, %d columns", sqlite3_sql(what), sqlite3_column_count(what));
    else if (kind == SQLITE_TRACE_PROFILE)
        say(back->scene, "ends: %s %ld", sqlite3_sql(what), scene_number(back->other, "SELECT count(*) FROM t WHERE id < ?", 5));
    else if (kind == SQLITE_TRACE_CLOSE)
        say(back->scene, "closes");
    return 0;
}

static int committed(void *argument)
{
    struct coming_back *back = argument;

    say(back->scene, "commit, %ld", scene_number(back->other, "SELECT count(*) FROM t WHERE id < ?", 9));
    return back->limit;
}

static void rolled_back(void *argument)
{
    struct coming_back *back = argument;

    say(back->scene, "rollback");
}

static void updated(void *argument, int action, const char *database, const char *table, sqlite3_int64 row)
{
    struct coming_back *back = argument;

    back->calls++;
    say(back->scene, "%d %s.%s %lld, %ld", action, database, table, (long long)row,
        scene_number(back->other, "SELECT number FROM t WHERE id = ?", (int)row));
}

void behaviour_hooks(struct scene *scene)
{
    struct coming_back back = {.scene = scene, .db = scene_open(scene, NULL), .other = scene_open(scene, NULL)};

    sqlite3_set_authorizer(back.db, authorize, &back);
    for (back.limit = 0; back.limit < 2; back.limit++) {
        scene_rows(scene, back.db, "SELECT id, number FROM t WHERE id < 5");
        scene_rows(scene, back.db, "CREATE TABLE forbidden (x)");
    }
    say(scene, "asked %d times", back.calls);
    sqlite3_set_authorizer(back.db, NULL, NULL);
    back.calls = back.limit = 0;
    sqlite3_progress_handler(back.db, 50, progress, &back);
    scene_rows(scene, back.db, "SELECT count(*) FROM t a, t b");
    back.limit = back.calls + 20;
    scene_rows(scene, back.db, "SELECT count(*) FROM t a, t b, t c");
    say(scene, "called %d times", back.calls);
    sqlite3_progress_handler(back.db, 0, NULL, NULL);
    back.calls = back.limit = 0;
    sqlite3_trace_v2(back.db, SQLITE_TRACE_STMT | SQLITE_TRACE_ROW | SQLITE_TRACE_PROFILE | SQLITE_TRACE_CLOSE, trace, &back);
    for (int i = 0; i < 10; i++)
        say(scene, "%ld", scene_number(back.db, "SELECT id FROM t WHERE id = ?", i));
    scene_run(scene, back.db, "INSERT INTO t (name) VALUES ('traced'); SELECT * FROM t WHERE id < 3; SELECT none");
    sqlite3_commit_hook(back.db, committed, &back);
    sqlite3_rollback_hook(back.db, rolled_back, &back);
    sqlite3_update_hook(back.db, updated, &back);
    scene_run(
        scene, back.db,
        "BEGIN; INSERT INTO t (name) VALUES ('a'); UPDATE t SET number = 3 WHERE id < 6; DELETE FROM t WHERE id = 9; COMMIT");
    scene_run(scene, back.db, "BEGIN; INSERT INTO t (name) VALUES ('b'); ROLLBACK");
    back.limit = 1;
    scene_run(scene, back.db, "INSERT INTO t (name) VALUES ('not committed')");
    say(scene, "updates %d", back.calls);
    scene_close(scene, back.db);
    scene_close(scene, back.other);
}
