/* The samples' database, in PostgreSQL. What a sample shows, its queries, stands in the sample itself. */
#ifndef NPLUS1_SAMPLES_C_POSTGRESQL_SHOP_H
#define NPLUS1_SAMPLES_C_POSTGRESQL_SHOP_H

#include <libpq-fe.h>

#include "ids.h"
#include "sample.h"

/* Reads the command line, connects as the PG* variables say (to the database that --db names) and fills temporary tables. */
PGconn *shop_open(int argc, char **argv, const struct scene *scene);
PGconn *shop_connect(const struct sample *sample, const struct scene *scene); /* one more connection, with its own tables */
int shop_close(PGconn *db);                                                   /* the exit status */

/* The name of the statement of that text, prepared once per connection. */
const char *shop_statement(PGconn *db, const char *sql);
/* A key as the only parameter; valid until the next call. */
const char *const *shop_key(int64_t key);

/* `sql` followed by a list of parameters with these keys as values: sql must end in IN. */
struct shop_list {
    char *sql;
    int count;
    const char **values;
};
struct shop_list shop_list(const char *sql, const struct ids *ids);
void shop_list_clear(struct shop_list *list);

void shop_check(PGconn *db, const PGresult *result);              /* a failed execution ends the program */
int64_t shop_number(const PGresult *result, int row, int column); /* 0 for NULL */

#endif
