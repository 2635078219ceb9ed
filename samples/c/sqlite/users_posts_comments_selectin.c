/* Users, their posts and the comments on those, loaded by selectin: one query per level. */
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

static void load_posts(sqlite3 *db, const struct ids *user_ids, struct ids *ids)
{
    sqlite3_stmt *stmt = shop_statement_in(db, "SELECT user_id, id, likes FROM posts WHERE user_id IN", user_ids);

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        ids_add(ids, sqlite3_column_int64(stmt, 1));
        tally.posts++;
        tally.sum += sqlite3_column_int64(stmt, 2);
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.posts);
}

static void load_comments(sqlite3 *db, const struct ids *post_ids)
{
    sqlite3_stmt *stmt = shop_statement_in(db, "SELECT post_id, id, words FROM comments WHERE post_id IN", post_ids);

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        tally.comments++;
        tally.sum += sqlite3_column_int64(stmt, 2);
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.comments);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_users_posts_comments);
    struct ids user_ids = {0}, post_ids = {0};

    load_users(db, &user_ids);
    load_posts(db, &user_ids, &post_ids);
    load_comments(db, &post_ids);
    ids_clear(&user_ids);
    ids_clear(&post_ids);
    return shop_close(db);
}
