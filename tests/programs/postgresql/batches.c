/* Writes that are waited for together, and writes that only look so: twenty rows each. */
#include "client.h"

#define ROWS   20
#define INSERT "INSERT INTO written VALUES ($1::int)"

static void send(PGconn *conn, const char *text, int value)
{
    char digits[16];
    const char *const values[] = {digits};

    snprintf(digits, sizeof digits, "%d", value);
    REQUIRE(PQsendQueryParams(conn, text, strstr(text, "$1") != NULL, NULL, values, NULL, NULL, 0));
}

static void answers(PGconn *conn, int commands)
{
    for (int i = 0; i < commands; i++) {
        client_expect(PQgetResult(conn), PGRES_COMMAND_OK);
        REQUIRE(!PQgetResult(conn));
    }
}

static void sync(PGconn *conn, int commands)
{
    REQUIRE(PQpipelineSync(conn));
    answers(conn, commands);
    client_expect(PQgetResult(conn), PGRES_PIPELINE_SYNC);
}

SENDER in_a_pipeline(PGconn *conn)
{
    for (int i = 0; i < ROWS; i++)
        send(conn, INSERT, i);
    sync(conn, ROWS);
}

SENDER in_pipelines_of_five(PGconn *conn)
{
    for (int i = 0; i < ROWS; i += 5) {
        for (int k = 0; k < 5; k++)
            send(conn, INSERT, i + k);
        sync(conn, 5);
    }
}

SENDER in_a_pipeline_each(PGconn *conn)
{
    for (int i = 0; i < ROWS; i++) {
        send(conn, INSERT, i);
        sync(conn, 1);
    }
}

/* As JDBC's driver begins a transaction: together with what is first in it. */
SENDER behind_the_begin(PGconn *conn)
{
    for (int i = 0; i < ROWS; i++) {
        send(conn, "BEGIN", 0);
        send(conn, INSERT, i);
        send(conn, "COMMIT", 0);
        sync(conn, 3);
    }
}

SENDER one_by_one(PGconn *conn)
{
    for (int i = 0; i < ROWS; i++) {
        send(conn, INSERT, i);
        answers(conn, 1);
    }
}

SENDER in_one_text(PGconn *conn)
{
    char text[ROWS * 64] = "";

    for (int i = 0; i < ROWS; i++)
        sprintf(text + strlen(text), "INSERT INTO written VALUES (%d);", i);
    client_expect(PQexec(conn, text), PGRES_COMMAND_OK);
}

int main(void)
{
    PGconn *conn = client_connect();

    client_expect(PQexec(conn, "CREATE TABLE IF NOT EXISTS written(n int)"), PGRES_COMMAND_OK);
    one_by_one(conn);
    in_one_text(conn);
    REQUIRE(PQenterPipelineMode(conn));
    in_a_pipeline(conn);
    in_pipelines_of_five(conn);
    in_a_pipeline_each(conn);
    behind_the_begin(conn);
    REQUIRE(PQexitPipelineMode(conn));
    PQfinish(conn);
    return 0;
}
