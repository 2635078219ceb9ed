/* Authors and their books, loaded by selectin: the authors, then all their books by one IN list. */
#include "shop.h"

static void load_authors(sqlite3 *db, struct ids *ids)
{
    sqlite3_stmt *stmt = shop_statement(db, "SELECT id, name FROM authors ORDER BY id");

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        ids_add(ids, sqlite3_column_int64(stmt, 0));
        tally.authors++;
    }
    shop_done(stmt);
    sample_count_whole(__func__, tally.authors);
}

static void load_books(sqlite3 *db, const struct ids *author_ids)
{
    sqlite3_stmt *stmt = shop_statement_in(db, "SELECT author_id, id, pages FROM books WHERE author_id IN", author_ids);

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
    struct ids author_ids = {0};

    load_authors(db, &author_ids);
    load_books(db, &author_ids);
    ids_clear(&author_ids);
    return shop_close(db);
}
