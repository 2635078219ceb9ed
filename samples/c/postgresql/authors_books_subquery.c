/* Authors and their books, loaded by a subquery: the second query asks the first one again instead of listing its keys. */
#include "shop.h"

static void load_authors(PGconn *db)
{
    const char *name = shop_statement(db, "SELECT id, name FROM authors ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++)
        tally.authors += shop_number(result, row, 0) > 0;
    PQclear(result);
    sample_count_whole(__func__, tally.authors);
}

static void load_books(PGconn *db)
{
    const char *name = shop_statement(db, "SELECT b.author_id, b.id, b.pages FROM (SELECT id FROM authors) AS a"
                                          " JOIN books b ON b.author_id = a.id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        tally.books++;
        tally.sum += shop_number(result, row, 2);
    }
    PQclear(result);
    sample_count_whole(__func__, tally.books);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_authors_books);

    load_authors(db);
    load_books(db);
    return shop_close(db);
}
