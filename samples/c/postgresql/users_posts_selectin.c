/* Users and their posts, loaded by selectin: the users, then all their posts by one IN list. */
#include "shop.h"

static void load_users(PGconn *db, struct ids *ids)
{
    const char *name = shop_statement(db, "SELECT id, name FROM users ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        ids_add(ids, shop_number(result, row, 0));
        tally.users++;
    }
    PQclear(result);
    sample_count_whole(__func__, tally.users);
}

static void load_posts(PGconn *db, const struct ids *user_ids)
{
    struct shop_list list = shop_list("SELECT user_id, id, likes FROM posts WHERE user_id IN", user_ids);
    PGresult *result = PQexecParams(db, list.sql, list.count, NULL, list.values, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        tally.posts++;
        tally.sum += shop_number(result, row, 2);
    }
    PQclear(result);
    shop_list_clear(&list);
    sample_count_whole(__func__, tally.posts);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_users_posts);
    struct ids user_ids = {0};

    load_users(db, &user_ids);
    load_posts(db, &user_ids);
    ids_clear(&user_ids);
    return shop_close(db);
}
