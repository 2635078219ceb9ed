/* Authors and their books, loaded by an outer join: authors without a book are there as well. */
#include "shop.h"

static void load_authors_with_books(sqlite3 *db)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT a.id, a.name, b.id, b.pages FROM authors a"
                                            " LEFT JOIN books b ON b.author_id = a.id ORDER BY a.id, b.id");
    int64_t author_id = 0, rows = 0;

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        if (sqlite3_column_int64(stmt, 0) != author_id)
            tally.authors++;
        author_id = sqlite3_column_int64(stmt, 0);
        if (sqlite3_column_type(stmt, 2) != SQLITE_NULL)
            tally.books++;
        tally.sum += sqlite3_column_int64(stmt, 3);
        rows++;
    }
    shop_done(stmt);
    sample_count_whole(__func__, rows);
}

int main(int argc, char **argv)
{
    sqlite3 *db = shop_open(argc, argv, &scene_authors_books);

    load_authors_with_books(db);
    return shop_close(db);
}
