/* Authors and their books, loaded by a subquery: the second query asks the first one again instead of listing its keys. */
#include "shop.h"

static void load_authors(sqlite3 *db)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, name FROM authors ORDER BY id");

    while (sqlite3_step(stmt) == SQLITE_ROW)
        tally.authors += sqlite3_column_int64(stmt, 0) > 0;
    shop_done(stmt);
    sample_count_whole(__func__, tally.authors);
}

static void load_books(sqlite3 *db)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT b.author_id, b.id, b.pages FROM (SELECT id FROM authors) AS a"
                                            " JOIN books b ON b.author_id = a.id");

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        tally.books++;
        tally.sum += sqlite3_column_int64(stmt, 2);
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.books);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_authors_books);

    load_authors(db);
    load_books(db);
    return shop_close(db);
}
