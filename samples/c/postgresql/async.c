/* Users and their posts, loaded lazily three times without waiting: in a pipeline, row by row, and by a loop over poll. */
#include <poll.h>

#include "shop.h"

#define USERS "SELECT id, name FROM users ORDER BY id"
#define POSTS "SELECT id, likes FROM posts WHERE user_id = $1 ORDER BY id"

static void require(PGconn *db, int result)
{
    if (!result)
        sample_fail(PQerrorMessage(db));
}

static int64_t take_posts(PGconn *db, PGresult *result)
{
    int64_t rows = PQntuples(result);

    shop_check(db, result);
    for (int row = 0; row < rows; row++)
        tally.sum += shop_number(result, row, 1);
    tally.posts += rows;
    PQclear(result);
    return rows;
}

static void load_users(PGconn *db, struct ids *users)
{
    PGresult *result = PQexec(db, USERS);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++)
        ids_add(users, shop_number(result, row, 0));
    tally.users += PQntuples(result);
    sample_count_whole(__func__, PQntuples(result));
    PQclear(result);
}

/* All queries are under way before the first answer is read. */
static void load_posts_pipelined(PGconn *db, const struct ids *users)
{
    PGresult *result;

    require(db, PQenterPipelineMode(db));
    require(db, PQsendPrepare(db, "posts", POSTS, 0, NULL));
    for (size_t i = 0; i < users->count; i++)
        require(db, PQsendQueryPrepared(db, "posts", 1, shop_key(users->values[i]), NULL, NULL, 0)); /* N+1 here */
    require(db, PQpipelineSync(db));
    PQclear(PQgetResult(db));
    PQgetResult(db);
    for (size_t i = 0; i < users->count; i++) {
        sample_count(__func__, users->values[i], take_posts(db, PQgetResult(db)));
        PQgetResult(db); /* the NULL behind each command */
    }
    result = PQgetResult(db);
    if (PQresultStatus(result) != PGRES_PIPELINE_SYNC)
        sample_fail("the pipeline has no end");
    PQclear(result);
    require(db, PQexitPipelineMode(db));
}

static void load_posts_row_by_row(PGconn *db, const struct ids *users)
{
    PGresult *result;

    for (size_t i = 0; i < users->count; i++) {
        int64_t rows = 0;

        require(db, PQsendQueryParams(db, POSTS, 1, NULL, shop_key(users->values[i]), NULL, NULL, 0)); /* N+1 here */
        require(db, PQsetSingleRowMode(db));
        while ((result = PQgetResult(db)))
            rows += take_posts(db, result);
        sample_count(__func__, users->values[i], rows);
    }
}

static void wait_until_ready(PGconn *db)
{
    struct pollfd socket = {.fd = PQsocket(db), .events = POLLIN};

    while (PQflush(db) > 0 || PQisBusy(db)) {
        poll(&socket, 1, 1000);
        require(db, PQconsumeInput(db));
    }
}

static void load_posts_polling(PGconn *db, const struct ids *users)
{
    PGresult *result;

    require(db, !PQsetnonblocking(db, 1));
    for (size_t i = 0; i < users->count; i++) {
        int64_t rows = 0;

        require(db, PQsendQueryParams(db, POSTS, 1, NULL, shop_key(users->values[i]), NULL, NULL, 0)); /* N+1 here */
        for (wait_until_ready(db); (result = PQgetResult(db)); wait_until_ready(db))
            rows += take_posts(db, result);
        sample_count(__func__, users->values[i], rows);
    }
}

int main(int argc, char **argv)
{
    static void (*const loads[])(PGconn *, const struct ids *) = {load_posts_pipelined, load_posts_row_by_row,
                                                                  load_posts_polling};
    struct sample sample;

    sample_begin(&sample, argc, argv, &scene_users_posts);
    for (size_t i = 0; i < sizeof loads / sizeof *loads; i++) {
        PGconn *db = shop_connect(&sample, &scene_users_posts);
        struct ids users = {0};

        load_users(db, &users);
        loads[i](db, &users);
        ids_clear(&users);
        PQfinish(db);
    }
    return sample_end();
}
