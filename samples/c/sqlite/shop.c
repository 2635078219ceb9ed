#include "shop.h"

#include <string.h>

static void check(sqlite3 *db, int result)
{
    if (result != SQLITE_OK && result != SQLITE_DONE)
        sample_fail(db ? sqlite3_errmsg(db) : sqlite3_errstr(result));
}

static void run_seed(sqlite3 *db, const struct scene_statement *statement, const int64_t *sizes)
{
    sqlite3_stmt *stmt;

    check(db, sqlite3_prepare_v2(db, statement->sql, -1, &stmt, NULL));
    if (statement->size)
        check(db, sqlite3_bind_int64(stmt, 1, sizes[statement->size - 1]));
    check(db, sqlite3_step(stmt));
    check(db, sqlite3_finalize(stmt));
    sample_count_seed();
}

sqlite3 *shop_open(int argc, char **argv, const struct scene *scene)
{
    struct sample sample;
    sqlite3 *db = NULL;
    int result;

    sample_begin(&sample, argc, argv, scene);
    result = sqlite3_open(sample.database ? sample.database : ":memory:", &db);
    check(db, result);
    for (const struct scene_statement *statement = scene->seed; statement->sql; statement++)
        run_seed(db, statement, sample.sizes);
    return db;
}

int shop_close(sqlite3 *db)
{
    sqlite3_stmt *stmt;

    while ((stmt = sqlite3_next_stmt(db, NULL)))
        check(db, sqlite3_finalize(stmt));
    check(db, sqlite3_close(db));
    return sample_end();
}

sqlite3_stmt *shop_statement(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;

    while ((stmt = sqlite3_next_stmt(db, stmt)))
        if (!strcmp(sqlite3_sql(stmt), sql))
            return stmt;
    check(db, sqlite3_prepare_v2(db, sql, -1, &stmt, NULL));
    return stmt;
}

sqlite3_stmt *shop_statement_in(sqlite3 *db, const char *sql, const struct ids *ids)
{
    sqlite3_str *text = sqlite3_str_new(db);
    sqlite3_stmt *stmt;
    char *whole;

    sqlite3_str_appendf(text, "%s (", sql);
    for (size_t i = 0; i < ids->count; i++)
        sqlite3_str_appendall(text, i ? ",?" : "?");
    sqlite3_str_appendall(text, ")");
    whole = sqlite3_str_finish(text);
    if (!whole)
        sample_fail("out of memory");
    stmt = shop_statement(db, whole);
    sqlite3_free(whole);
    for (size_t i = 0; i < ids->count; i++)
        check(db, sqlite3_bind_int64(stmt, (int)i + 1, ids->values[i]));
    return stmt;
}

void shop_done(sqlite3_stmt *stmt)
{
    check(sqlite3_db_handle(stmt), sqlite3_reset(stmt));
}
