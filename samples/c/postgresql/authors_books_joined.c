/* Authors and their books, loaded by an outer join: authors without a book are there as well. */
#include "shop.h"

static void load_authors_with_books(PGconn *db)
{
    const char *name = shop_statement(db, "SELECT a.id, a.name, b.id, b.pages FROM authors a"
                                          " LEFT JOIN books b ON b.author_id = a.id ORDER BY a.id, b.id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);
    int64_t author_id = 0, rows = 0;

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        if (shop_number(result, row, 0) != author_id)
            tally.authors++;
        author_id = shop_number(result, row, 0);
        if (!PQgetisnull(result, row, 2))
            tally.books++;
        tally.sum += shop_number(result, row, 3);
        rows++;
    }
    PQclear(result);
    sample_count_whole(__func__, rows);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_authors_books);

    load_authors_with_books(db);
    return shop_close(db);
}
