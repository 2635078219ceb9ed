/* Users, their posts and the comments on those, nested and lazily: a query per user and a query per post. */
#include "shop.h"

static void load_comments(sqlite3 *db, int64_t post_id)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, words FROM comments WHERE post_id = ? ORDER BY id");
    int64_t rows = 0;

    sqlite3_bind_int64(stmt, 1, post_id);
    while (sqlite3_step(stmt) == SQLITE_ROW) { /* N+1 here */
        tally.sum += sqlite3_column_int64(stmt, 1);
        rows++;
    }
    shop_done(stmt);
    tally.comments += rows;
    sample_count(__func__, post_id, rows);
}

static void load_posts(sqlite3 *db, int64_t user_id)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, likes FROM posts WHERE user_id = ? ORDER BY id");
    int64_t rows = 0;

    sqlite3_bind_int64(stmt, 1, user_id);
    while (sqlite3_step(stmt) == SQLITE_ROW) { /* N+1 here */
        load_comments(db, sqlite3_column_int64(stmt, 0));
        tally.sum += sqlite3_column_int64(stmt, 1);
        rows++;
    }
    shop_done(stmt);
    tally.posts += rows;
    sample_count(__func__, user_id, rows);
}

static void load_users(sqlite3 *db)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, name FROM users ORDER BY id");

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        load_posts(db, sqlite3_column_int64(stmt, 0));
        tally.users++;
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.users);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_users_posts_comments);

    load_users(db);
    return shop_close(db);
}
