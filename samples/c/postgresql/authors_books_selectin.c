/* Authors and their books, loaded by selectin: the authors, then all their books by one IN list. */
#include "shop.h"

static void load_authors(PGconn *db, struct ids *ids)
{
    const char *name = shop_statement(db, "SELECT id, name FROM authors ORDER BY id");
    PGresult *result = PQexecPrepared(db, name, 0, NULL, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        ids_add(ids, shop_number(result, row, 0));
        tally.authors++;
    }
    PQclear(result);
    sample_count_whole(__func__, tally.authors);
}

static void load_books(PGconn *db, const struct ids *author_ids)
{
    struct shop_list list = shop_list("SELECT author_id, id, pages FROM books WHERE author_id IN", author_ids);
    PGresult *result = PQexecParams(db, list.sql, list.count, NULL, list.values, NULL, NULL, 0);

    shop_check(db, result);
    for (int row = 0; row < PQntuples(result); row++) {
        tally.books++;
        tally.sum += shop_number(result, row, 2);
    }
    PQclear(result);
    shop_list_clear(&list);
    sample_count_whole(__func__, tally.books);
}

int main(int argc, char **argv)
{
    PGconn *db = shop_open(argc, argv, &scene_authors_books);
    struct ids author_ids = {0};

    load_authors(db, &author_ids);
    load_books(db, &author_ids);
    ids_clear(&author_ids);
    return shop_close(db);
}
