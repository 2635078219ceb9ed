/* A virtual table whose methods run statements, and tables of SQLite's own modules, which run statements for themselves. */
#include <stdlib.h>
#include <string.h>

#include "behaviour.h"

struct table {
    sqlite3_vtab base;
    sqlite3 *db;
    struct scene *scene;
};

struct cursor {
    sqlite3_vtab_cursor base;
    sqlite3_stmt *statement;
    int row, limit;
};

static int connect(sqlite3 *db, void *argument, int count, const char *const *words, sqlite3_vtab **ret, char **error)
{
    struct table *table = sqlite3_malloc(sizeof *table);

    (void)count;
    (void)words;
    (void)error;
    *table = (struct table){.db = db, .scene = argument};
    *ret = &table->base;
    return sqlite3_declare_vtab(db, "CREATE TABLE x (id, name, bound HIDDEN)");
}

static int disconnect(sqlite3_vtab *table)
{
    sqlite3_free(table);
    return SQLITE_OK;
}

static int best_index(sqlite3_vtab *table, sqlite3_index_info *info)
{
    say(((struct table *)table)->scene, "plan %ld",
        scene_number(((struct table *)table)->db, "SELECT count(*) FROM t WHERE id < ?", 50));
    for (int i = 0; i < info->nConstraint; i++) {
        if (info->aConstraint[i].usable && info->aConstraint[i].iColumn == 2) {
            info->aConstraintUsage[i].argvIndex = 1;
            info->idxNum = 1;
        }
    }
    info->estimatedCost = info->idxNum ? 10 : 1000;
    return SQLITE_OK;
}

static int open_cursor(sqlite3_vtab *table, sqlite3_vtab_cursor **ret)
{
    struct cursor *cursor = sqlite3_malloc(sizeof *cursor);

    *cursor = (struct cursor){.limit = 1000};
    *ret = &cursor->base;
    return sqlite3_prepare_v2(((struct table *)table)->db, "SELECT id, name FROM t WHERE id <= ?", -1, &cursor->statement, NULL);
}

static int close_cursor(sqlite3_vtab_cursor *base)
{
    sqlite3_finalize(((struct cursor *)base)->statement);
    sqlite3_free(base);
    return SQLITE_OK;
}

static int next(sqlite3_vtab_cursor *base)
{
    struct cursor *cursor = (struct cursor *)base;

    cursor->row = sqlite3_step(cursor->statement);
    return SQLITE_OK;
}

static int filter(sqlite3_vtab_cursor *base, int kind, const char *text, int count, sqlite3_value **values)
{
    struct cursor *cursor = (struct cursor *)base;

    (void)text;
    (void)count;
    sqlite3_reset(cursor->statement);
    sqlite3_bind_int(cursor->statement, 1, kind ? sqlite3_value_int(values[0]) : cursor->limit);
    return next(base);
}

static int at_end(sqlite3_vtab_cursor *base)
{
    return ((struct cursor *)base)->row != SQLITE_ROW;
}

static int column(sqlite3_vtab_cursor *base, sqlite3_context *context, int number)
{
    if (number < 2)
        sqlite3_result_value(context, sqlite3_column_value(((struct cursor *)base)->statement, number));
    return SQLITE_OK;
}

static int row_id(sqlite3_vtab_cursor *base, sqlite3_int64 *ret)
{
    *ret = sqlite3_column_int64(((struct cursor *)base)->statement, 0);
    return SQLITE_OK;
}

static const sqlite3_module module = {
    .iVersion = 1,
    .xConnect = connect,
    .xBestIndex = best_index,
    .xDisconnect = disconnect,
    .xOpen = open_cursor,
    .xClose = close_cursor,
    .xFilter = filter,
    .xNext = next,
    .xEof = at_end,
    .xColumn = column,
    .xRowid = row_id,
};

void behaviour_tables(struct scene *scene)
{
    sqlite3 *db = scene_open(scene, NULL);

    say(scene, "module %d", sqlite3_create_module(db, "through", &module, scene));
    scene_rows(scene, db, "SELECT id, name FROM through WHERE bound = 4");
    scene_rows(scene, db, "SELECT count(*), sum(id) FROM through");
    scene_rows(scene, db, "SELECT t.id, x.name FROM t JOIN through AS x ON x.bound = t.id % 3 AND x.id = 1 WHERE t.id < 12");
    /* Modules that keep their data in tables run statements that the program knows nothing of. */
    scene_run(scene, db, "CREATE VIRTUAL TABLE words USING fts5 (text)");
    scene_run(scene, db, "CREATE VIRTUAL TABLE boxes USING rtree (id, low, high)");
    for (int i = 0; i < 60; i++) {
        char sql[100];
        snprintf(sql, sizeof sql, "INSERT INTO words VALUES ('word%d and word%d')", i % 7, i);
        scene_run(scene, db, sql);
        snprintf(sql, sizeof sql, "INSERT INTO boxes VALUES (%d, %d, %d)", i, i, i + 10);
        scene_run(scene, db, sql);
    }
    scene_rows(scene, db, "SELECT count(*) FROM words WHERE words MATCH 'word3'");
    scene_rows(scene, db, "SELECT text FROM words WHERE words MATCH 'word5 AND word19'");
    scene_rows(scene, db, "SELECT id FROM boxes WHERE low > 20 AND high < 35");
    scene_run(scene, db, "INSERT INTO words (words) VALUES ('optimize'); DELETE FROM words WHERE rowid = 3; DROP TABLE words");
    scene_run(scene, db, "ANALYZE; VACUUM; REINDEX");
    scene_close(scene, db);
}
