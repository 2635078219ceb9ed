/* Users and their posts, loaded by an outer join: one query, in which each user stands once per post. */
#include "shop.h"

static void load_users_with_posts(sqlite3 *db)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT u.id, u.name, p.id, p.likes FROM users u"
                                            " LEFT JOIN posts p ON p.user_id = u.id ORDER BY u.id, p.id");
    int64_t user_id = 0, rows = 0;

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        if (sqlite3_column_int64(stmt, 0) != user_id)
            tally.users++;
        user_id = sqlite3_column_int64(stmt, 0);
        if (sqlite3_column_type(stmt, 2) != SQLITE_NULL)
            tally.posts++;
        tally.sum += sqlite3_column_int64(stmt, 3);
        rows++;
    }
    shop_done(stmt);
    sample_count_whole(__func__, rows);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_users_posts);

    load_users_with_posts(db);
    return shop_close(db);
}
