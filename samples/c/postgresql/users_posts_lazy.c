/* Users and their posts, loaded lazily: a query for the users and one more for every user. */
#include "shop.h"

static void load_posts(PGconn *db, int64_t user_id)
{
    const char *name = shop_statement(db, "SELECT id, likes FROM posts WHERE user_id = $1 ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 1, shop_key(user_id), NULL, NULL, 0); /* N+1 here */
    int64_t rows = 0;

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        tally.sum += shop_number(result, row, 1);
        rows++;
    }
    PQclear(result);
    tally.posts += rows;
    sample_count(__func__, user_id, rows);
}

static void load_users(PGconn *db)
{
    const char *name = shop_statement(db, "SELECT id, name FROM users ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        load_posts(db, shop_number(result, row, 0));
        tally.users++;
    }
    PQclear(result);
    sample_count_whole(__func__, tally.users);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_users_posts);

    load_users(db);
    return shop_close(db);
}
