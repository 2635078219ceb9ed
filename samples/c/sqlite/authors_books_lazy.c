/* Authors and their books, loaded lazily: a query for the authors and one more for every author. */
#include "shop.h"

static void load_books(sqlite3 *db, int64_t author_id)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, pages FROM books WHERE author_id = ? ORDER BY id");
    int64_t rows = 0;

    sqlite3_bind_int64(stmt, 1, author_id);
    while (sqlite3_step(stmt) == SQLITE_ROW) { /* N+1 here */
        tally.sum += sqlite3_column_int64(stmt, 1);
        rows++;
    }
    shop_done(stmt);
    tally.books += rows;
    sample_count(__func__, author_id, rows);
}

static void load_authors(sqlite3 *db)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, name FROM authors ORDER BY id");

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        load_books(db, sqlite3_column_int64(stmt, 0));
        tally.authors++;
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.authors);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_authors_books);

    load_authors(db);
    return shop_close(db);
}
