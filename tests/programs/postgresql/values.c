/* Parameters and results of all kinds and sizes. */
#include <arpa/inet.h>
#include <endian.h>
#include <stdint.h>

#include "client.h"

/* The number 42 as five types, in text and binary: one value. */
SENDER one_value(PGconn *conn)
{
    const Oid types[] = {21, 23, 20, 1700, 25, 23, 0};
    const uint16_t two = htons(42);
    const uint32_t four = htonl(42);
    const uint64_t eight = htobe64(42);
    const uint16_t numeric[] = {htons(1), 0, 0, 0, htons(42)};
    const char *values[] = {(const char *)&two,  (const char *)&four, (const char *)&eight, (const char *)numeric, "42", "42",
                            (const char *)&eight};
    const int lengths[] = {2, 4, 8, sizeof numeric, 2, 0, 8}, formats[] = {1, 1, 1, 1, 1, 0, 1};

    for (int i = 0; i < 7; i++)
        client_expect(PQexecParams(conn, "SELECT id FROM one WHERE id::text = $1::text", 1, NULL, &values[4], NULL, NULL, 0),
                      PGRES_TUPLES_OK);
    for (int i = 0; i < 7; i++) {
        PGresult *result = PQexecParams(conn,
                                        i == 4 ? "SELECT id FROM one WHERE id::text = $1" : "SELECT id FROM one WHERE id = $1", 1,
                                        &types[i], &values[i], &lengths[i], &formats[i], i % 2);

        client_expect(result, PGRES_TUPLES_OK);
    }
}

/* Two values: NULL is one, the empty string another; asked ten times. */
SENDER null_and_empty(PGconn *conn)
{
    const char *values[] = {NULL, ""};

    for (int i = 0; i < 10; i++) {
        PGresult *result = PQexecParams(conn, "SELECT $1::text AS null_and_empty", 1, NULL, &values[i % 2], NULL, NULL, 0);

        REQUIRE(PQgetisnull(result, 0, 0) == !(i % 2) && PQgetlength(result, 0, 0) == 0);
        client_expect(result, PGRES_TUPLES_OK);
    }
}

SENDER invalid_utf8(PGconn *conn)
{
    const char *value = "\xff\xfe";

    client_expect(PQexecParams(conn, "SELECT $1::text AS invalid_utf8", 1, NULL, &value, NULL, NULL, 0), PGRES_FATAL_ERROR);
    client_expect(PQexec(conn, "SELECT '\xc3\x28' AS invalid_utf8"), PGRES_FATAL_ERROR);
}

SENDER long_text(PGconn *conn)
{
    size_t size = 10 << 20;
    char *text = malloc(size);

    REQUIRE(text != NULL);
    memset(text, ' ', size);
    memcpy(text, "SELECT length('", 15);
    memset(text + 15, 'x', size - 40);
    memcpy(text + size - 24, "') AS long_text", 16);
    client_expect(PQexec(conn, text), PGRES_TUPLES_OK);
    free(text);
}

SENDER many_rows(PGconn *conn)
{
    PGresult *result = PQexec(conn, "SELECT generate_series(1, 1000000) AS many_rows");

    REQUIRE(PQntuples(result) == 1000000);
    client_expect(result, PGRES_TUPLES_OK);
}

SENDER row_by_row(PGconn *conn)
{
    PGresult *result;
    int rows = 0;

    REQUIRE(PQsendQueryParams(conn, "SELECT generate_series(1, 1000000) AS row_by_row", 0, NULL, NULL, NULL, NULL, 1));
    REQUIRE(PQsetSingleRowMode(conn));
    while ((result = PQgetResult(conn))) {
        rows += PQntuples(result);
        PQclear(result);
    }
    REQUIRE(rows == 1000000);
}

/* Lists of keys in one parameter: a batch, however often. */
SENDER arrays(PGconn *conn)
{
    for (int i = 0; i < 10; i++) {
        char keys[64];
        const char *value = keys;

        snprintf(keys, sizeof keys, "{%d,%d,%d}", 3 * i, 3 * i + 1, 3 * i + 2);
        client_expect(PQexecParams(conn, "SELECT id FROM one WHERE id = ANY($1::int[])", 1, NULL, &value, NULL, NULL, 0),
                      PGRES_TUPLES_OK);
    }
}

int main(void)
{
    PGconn *conn = client_connect();

    client_expect(PQexec(conn, "CREATE TEMP TABLE one (id bigint)"), PGRES_COMMAND_OK);
    client_expect(PQexec(conn, "INSERT INTO one VALUES (42)"), PGRES_COMMAND_OK);
    one_value(conn);
    null_and_empty(conn);
    invalid_utf8(conn);
    long_text(conn);
    many_rows(conn);
    row_by_row(conn);
    arrays(conn);
    PQfinish(conn);
    return 0;
}
