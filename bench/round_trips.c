/* Round trips of libpq: looks up rows by their key, one after the other, on the server that the PG* variables name.
 *
 *     round_trips exec|params|prepared ROUNDS      prints the nanoseconds of one, in the fastest round of 500
 */
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROWS  1000
#define ROUND 500

static void check(PGconn *conn, PGresult *result, ExecStatusType expected)
{
    if (PQresultStatus(result) != expected) {
        fprintf(stderr, "round_trips: %s", PQerrorMessage(conn));
        exit(1);
    }
    PQclear(result);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(int argc, char **argv)
{
    long count = argc == 3 ? atol(argv[2]) : 0;
    const char *mode = argc == 3 ? argv[1] : "";
    char key[24], sql[80];
    const char *values[1] = {key};
    PGconn *conn;
    double began = 0, fastest = 0;

    if (count < 1) {
        fputs("usage: round_trips exec|params|prepared ROUNDS\n", stderr);
        return 2;
    }
    conn = PQconnectdb("");
    if (PQstatus(conn) != CONNECTION_OK) {
        fprintf(stderr, "round_trips: %s", PQerrorMessage(conn));
        return 1;
    }
    check(conn, PQexec(conn, "CREATE TEMP TABLE item (id int PRIMARY KEY, name text)"), PGRES_COMMAND_OK);
    check(conn, PQexec(conn, "INSERT INTO item SELECT i, 'item ' || i FROM generate_series(1, 1000) i"), PGRES_COMMAND_OK);
    check(conn, PQexec(conn, "ANALYZE item"), PGRES_COMMAND_OK);
    check(conn, PQprepare(conn, "by_id", "SELECT name FROM item WHERE id = $1", 1, NULL), PGRES_COMMAND_OK);
    for (long i = 0; i < count * ROUND; i++) {
        PGresult *result;
        if (i % ROUND == 0)
            began = now();
        snprintf(key, sizeof key, "%ld", i * 7 % ROWS + 1);
        if (strcmp(mode, "exec") == 0) {
            snprintf(sql, sizeof sql, "SELECT name FROM item WHERE id = %s", key);
            result = PQexec(conn, sql);
        } else if (strcmp(mode, "params") == 0) {
            result = PQexecParams(conn, "SELECT name FROM item WHERE id = $1", 1, NULL, values, NULL, NULL, 0);
        } else {
            result = PQexecPrepared(conn, "by_id", 1, values, NULL, NULL, 0);
        }
        check(conn, result, PGRES_TUPLES_OK);
        if (i % ROUND == ROUND - 1) {
            double each = (now() - began) / ROUND;
            fastest = fastest > 0 && fastest < each ? fastest : each;
        }
    }
    printf("%.1f\n", fastest);
    PQfinish(conn);
    return 0;
}
