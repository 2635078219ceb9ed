/* Authors and their books, loaded lazily: a query for the authors and one more for every author. */
#include "shop.h"

static void load_books(PGconn *db, int64_t author_id)
{
    const char *name = shop_statement(db, "SELECT id, pages FROM books WHERE author_id = $1 ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 1, shop_key(author_id), NULL, NULL, 0); /* N+1 here */
    int64_t rows = 0;

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        tally.sum += shop_number(result, row, 1);
        rows++;
    }
    PQclear(result);
    tally.books += rows;
    sample_count(__func__, author_id, rows);
}

static void load_authors(PGconn *db)
{
    const char *name = shop_statement(db, "SELECT id, name FROM authors ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        load_books(db, shop_number(result, row, 0));
        tally.authors++;
    }
    PQclear(result);
    sample_count_whole(__func__, tally.authors);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_authors_books);

    load_authors(db);
    return shop_close(db);
}
