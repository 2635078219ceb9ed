/* Connections that go away: in the middle of a command, of a text, of a pipeline; reset, finished too early, results read
 * afterwards. */
#include "client.h"

static PGconn *other;

/* Until the server is in the middle of it. */
static void wait_until_asleep(PGconn *conn)
{
    char sql[300];

    snprintf(sql, sizeof sql,
             "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %d AND wait_event = 'PgSleep') LOOP"
             " PERFORM pg_sleep(0.001), pg_stat_clear_snapshot(); END LOOP; END $$",
             PQbackendPID(conn));
    client_expect(PQexec(other, sql), PGRES_COMMAND_OK);
}

static void terminate(PGconn *conn)
{
    char sql[100];

    snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%d, 10000)", PQbackendPID(conn));
    client_expect(PQexec(other, sql), PGRES_TUPLES_OK);
}

/* How many results come before the NULL; the last one tells of the loss. */
static int drain(PGconn *conn)
{
    PGresult *result;
    int results = 0;

    for (; (result = PQgetResult(conn)); results++)
        PQclear(result);
    REQUIRE(PQstatus(conn) == CONNECTION_BAD);
    return results;
}

SENDER in_a_command(PGconn *conn)
{
    client_expect(PQprepare(conn, "kept", "SELECT 1 AS kept", 0, NULL), PGRES_COMMAND_OK);
    REQUIRE(PQsendQuery(conn, "SELECT pg_sleep(60) AS in_a_command"));
    wait_until_asleep(conn);
    terminate(conn);
    REQUIRE(drain(conn) >= 1);
    REQUIRE(!PQsendQuery(conn, "SELECT 1 AS not_sent"));
    PQclear(PQexec(conn, "SELECT 2 AS not_sent"));
}

SENDER after_reset(PGconn *conn)
{
    PQreset(conn);
    REQUIRE(PQstatus(conn) == CONNECTION_OK);
    client_expect(PQexecPrepared(conn, "kept", 0, NULL, NULL, NULL, 0), PGRES_FATAL_ERROR);
    client_expect(PQexec(conn, "SELECT 1 AS after_reset"), PGRES_TUPLES_OK);
}

SENDER while_idle(PGconn *conn)
{
    terminate(conn);
    client_expect(PQexec(conn, "SELECT 1 AS while_idle"), PGRES_FATAL_ERROR);
    PQreset(conn);
}

SENDER in_a_text(PGconn *conn)
{
    REQUIRE(PQsendQuery(conn, "SELECT 1 AS in_a_text; SELECT pg_sleep(60); SELECT 3 AS never"));
    wait_until_asleep(conn);
    terminate(conn);
    REQUIRE(drain(conn) >= 1);
    PQreset(conn);
}

SENDER in_a_pipeline(PGconn *conn)
{
    REQUIRE(PQenterPipelineMode(conn));
    REQUIRE(PQsendQueryParams(conn, "SELECT pg_sleep(60) AS in_a_pipeline", 0, NULL, NULL, NULL, NULL, 0));
    for (int i = 0; i < 4; i++)
        REQUIRE(PQsendQueryParams(conn, "SELECT 1 AS in_a_pipeline", 0, NULL, NULL, NULL, NULL, 0));
    REQUIRE(PQpipelineSync(conn));
    wait_until_asleep(conn);
    terminate(conn);
    client_expect(PQgetResult(conn), PGRES_FATAL_ERROR);
    PQreset(conn);
}

SENDER finished(PGconn *conn)
{
    PGresult *result = PQexec(conn, "SELECT 'long after' AS finished");

    REQUIRE(PQsendQuery(conn, "SELECT pg_sleep(0) AS not_waited_for"));
    PQfinish(conn);
    REQUIRE(!strcmp(PQgetvalue(result, 0, 0), "long after"));
    PQclear(result);
}

SENDER cancelled(PGconn *conn)
{
    PGcancel *cancel = PQgetCancel(conn);
    char why[256];

    REQUIRE(PQsendQuery(conn, "SELECT pg_sleep(60) AS cancelled"));
    wait_until_asleep(conn);
    REQUIRE(PQcancel(cancel, why, sizeof why));
    PQfreeCancel(cancel);
    client_expect(PQgetResult(conn), PGRES_FATAL_ERROR);
    REQUIRE(!PQgetResult(conn));
}

int main(void)
{
    PGconn *conn = client_connect();

    other = client_connect();
    in_a_command(conn);
    after_reset(conn);
    while_idle(conn);
    in_a_text(conn);
    in_a_pipeline(conn);
    cancelled(conn);
    finished(conn);
    PQfinish(other);
    return 0;
}
