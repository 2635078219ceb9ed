/* Users and their posts, loaded by an outer join: one query, in which each user stands once per post. */
#include "shop.h"

static void load_users_with_posts(PGconn *db)
{
    const char *name = shop_statement(db, "SELECT u.id, u.name, p.id, p.likes FROM users u"
                                          " LEFT JOIN posts p ON p.user_id = u.id ORDER BY u.id, p.id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);
    int64_t user_id = 0, rows = 0;

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        if (shop_number(result, row, 0) != user_id)
            tally.users++;
        user_id = shop_number(result, row, 0);
        if (!PQgetisnull(result, row, 2))
            tally.posts++;
        tally.sum += shop_number(result, row, 3);
        rows++;
    }
    PQclear(result);
    sample_count_whole(__func__, rows);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_users_posts);

    load_users_with_posts(db);
    return shop_close(db);
}
