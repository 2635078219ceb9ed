/* Users and their posts, loaded by selectin: the users, then all their posts by one IN list. */
#include "shop.h"

static void load_users(sqlite3 *db, struct ids *ids)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, name FROM users ORDER BY id");

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        ids_add(ids, sqlite3_column_int64(stmt, 0));
        tally.users++;
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.users);
}

static void load_posts(sqlite3 *db, const struct ids *user_ids)
{
    sqlite3_stmt *stmt = shop_statement_in(db, "SELECT user_id, id, likes FROM posts WHERE user_id IN", user_ids);

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        tally.posts++;
        tally.sum += sqlite3_column_int64(stmt, 2);
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.posts);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_users_posts);
    struct ids user_ids = {0};

    load_users(db, &user_ids);
    load_posts(db, &user_ids);
    ids_clear(&user_ids);
    return shop_close(db);
}
