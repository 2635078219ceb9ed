/* Many distinct statements through libpq, until the agent's memory is used up; then SQLite for the first time, and another
 * connection of libpq. */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static void run(PGconn *connection, int number)
{
    char sql[200];
    PGresult *result;

    snprintf(sql, sizeof sql, "SELECT 1 AS a%d_%d, 2 AS b%d", number, number * 7, number);
    result = PQexec(connection, sql);
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        exit(3);
    PQclear(result);
}

int main(int argc, char **argv)
{
    PGconn *connection = PQconnectdb(""), *second;
    sqlite3 *db;
    int statements = atoi(argv[1]), result;

    if (PQstatus(connection) != CONNECTION_OK)
        return 2;
    for (int i = 0; i < statements; i++)
        run(connection, i);
    result = sqlite3_open(":memory:", &db);
    printf("opened %d\n", result);
    printf("executed %d\n", sqlite3_exec(db, "CREATE TABLE t(a); INSERT INTO t VALUES (1); SELECT a FROM t", NULL, NULL, NULL));
    sqlite3_close(db);
    second = PQconnectdb("");
    printf("connected %d\n", PQstatus(second));
    run(second, statements);
    PQfinish(second);
    PQfinish(connection);
    return 0;
}
