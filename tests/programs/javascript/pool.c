/* Statements of SQLite that threads of node's pool execute, as npm's sqlite3 has them do it: the data of a piece of work is an
 * object of C++ with a reference to the function that is to be called, as napi.h's Napi::FunctionReference lies in memory. One
 * piece of work is done at a time, and those that come meanwhile wait. */
#include <node_api.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 64

struct reference {
    const void *methods;
    napi_env env;
    napi_ref reference;
    bool is_kept;
};

struct baton {
    const void *methods;
    napi_async_work work;
    struct baton *next;
    struct reference callback;
    char sql[256];
    int64_t value, sum;
    int64_t values[VALUES_MAX]; /* of the first column */
    uint32_t count;
};

static sqlite3 *db;
static struct baton *first, *last; /* the first one is at work */

static void execute(napi_env env, void *data)
{
    struct baton *baton = data;
    sqlite3_stmt *statement = NULL;

    (void)env;
    sqlite3_prepare_v2(db, baton->sql, -1, &statement, NULL);
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_int64(statement, 1, baton->value);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        int64_t value = sqlite3_column_int64(statement, 0);
        baton->sum += value;
        if (baton->count < VALUES_MAX)
            baton->values[baton->count++] = value;
    }
    sqlite3_finalize(statement);
}

static void begin(napi_env env, struct baton *baton);

static void complete(napi_env env, napi_status status, void *data)
{
    struct baton *baton = data;
    napi_value callback = NULL, self, results[2], value;

    (void)status;
    first = baton->next;
    if (first)
        begin(env, first);
    napi_get_global(env, &self);
    napi_create_int64(env, baton->sum, &results[0]);
    napi_create_array(env, &results[1]);
    for (uint32_t i = 0; i < baton->count; i++) {
        napi_create_int64(env, baton->values[i], &value);
        napi_set_element(env, results[1], i, value);
    }
    if (baton->callback.reference) {
        napi_get_reference_value(env, baton->callback.reference, &callback);
        napi_call_function(env, self, callback, 2, results, NULL);
        napi_delete_reference(env, baton->callback.reference);
    }
    napi_delete_async_work(env, baton->work);
    free(baton);
}

static void begin(napi_env env, struct baton *baton)
{
    napi_value name;

    napi_create_string_utf8(env, "statement", NAPI_AUTO_LENGTH, &name);
    napi_create_async_work(env, NULL, name, execute, complete, baton, &baton->work);
    napi_queue_async_work(env, baton->work);
}

/* query(sql, number[, callback]), which is called with the sum of the first column and an array of it. */
static napi_value query(napi_env env, napi_callback_info info)
{
    struct baton *baton = calloc(1, sizeof *baton);
    napi_valuetype type = napi_undefined;
    napi_value words[3];
    size_t count = 3, length;

    napi_get_cb_info(env, info, &count, words, NULL, NULL);
    napi_get_value_string_utf8(env, words[0], baton->sql, sizeof baton->sql, &length);
    napi_get_value_int64(env, words[1], &baton->value);
    napi_typeof(env, words[2], &type);
    baton->callback.env = env;
    if (type == napi_function)
        napi_create_reference(env, words[2], 1, &baton->callback.reference);
    if (first)
        last->next = baton;
    else
        first = baton;
    last = baton;
    if (first == baton)
        begin(env, baton);
    return NULL;
}

/* A piece of work that is never given to the pool, and one that is taken back: nobody executes them. */
static napi_value other(napi_env env, napi_callback_info info)
{
    napi_async_work work;
    napi_value name;

    (void)info;
    napi_create_string_utf8(env, "nothing", NAPI_AUTO_LENGTH, &name);
    for (int i = 0; i < 1000; i++) {
        napi_create_async_work(env, NULL, name, execute, NULL, (void *)(uintptr_t)(8 * i), &work);
        napi_delete_async_work(env, work);
    }
    return NULL;
}

NAPI_MODULE_INIT()
{
    napi_value function;

    sqlite3_open(":memory:", &db);
    napi_create_function(env, "query", NAPI_AUTO_LENGTH, query, NULL, &function);
    napi_set_named_property(env, exports, "query", function);
    napi_create_function(env, "other", NAPI_AUTO_LENGTH, other, NULL, &function);
    napi_set_named_property(env, exports, "other", function);
    return exports;
}
