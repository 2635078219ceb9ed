/* Statements of SQLite from JavaScript, in the thread that asks. */
#include <node_api.h>
#include <sqlite3.h>
#include <stdlib.h>

struct connection {
    sqlite3 *db;
};

static void close_connection(napi_env env, void *data, void *hint)
{
    struct connection *connection = data;

    (void)env;
    (void)hint;
    sqlite3_close(connection->db);
    free(connection);
}

/* query(sql, number): the sum of the first column. */
static napi_value query(napi_env env, napi_callback_info info)
{
    struct connection *connection = NULL;
    sqlite3_stmt *statement = NULL;
    napi_value words[2], result;
    size_t count = 2, length;
    int64_t value = 0, sum = 0;
    char sql[512];

    napi_get_cb_info(env, info, &count, words, NULL, (void **)&connection);
    napi_get_value_string_utf8(env, words[0], sql, sizeof sql, &length);
    if (count > 1)
        napi_get_value_int64(env, words[1], &value);
    sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL);
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_int64(statement, 1, value);
    while (sqlite3_step(statement) == SQLITE_ROW)
        sum += sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    napi_create_int64(env, sum, &result);
    return result;
}

NAPI_MODULE_INIT()
{
    struct connection *connection = calloc(1, sizeof *connection);
    napi_value function;

    sqlite3_open(":memory:", &connection->db);
    napi_create_function(env, "query", NAPI_AUTO_LENGTH, query, connection, &function);
    napi_set_named_property(env, exports, "query", function);
    napi_set_instance_data(env, connection, close_connection, NULL);
    return exports;
}
