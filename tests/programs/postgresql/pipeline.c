/* Pipelines: many commands in flight, errors in the middle, what is aborted behind them, sync points, names prepared on the way.
 */
#include "client.h"

#define ROUNDS 10
#define QUEUED 100
#define FLOOD  20000

static const char *const *number(int value)
{
    static char text[16];
    static const char *const values[] = {text};

    snprintf(text, sizeof text, "%d", value);
    return values;
}

/* Results of one command, and the NULL behind them. */
static void answer(PGconn *conn, ExecStatusType status)
{
    client_expect(PQgetResult(conn), status);
    REQUIRE(!PQgetResult(conn));
}

static void synced(PGconn *conn)
{
    client_expect(PQgetResult(conn), PGRES_PIPELINE_SYNC);
}

SENDER many(PGconn *conn)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < QUEUED; i++)
            REQUIRE(PQsendQueryParams(conn, "SELECT $1::int AS many", 1, NULL, number(i), NULL, NULL, 0));
        REQUIRE(PQpipelineSync(conn));
    }
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < QUEUED; i++)
            answer(conn, PGRES_TUPLES_OK);
        synced(conn);
    }
}

/* The third of five fails; the two behind it are not run. */
SENDER failing(PGconn *conn)
{
    for (int i = 0; i < 5; i++)
        REQUIRE(PQsendQueryParams(conn, "SELECT 10 / (2 - $1::int) AS failing", 1, NULL, number(i), NULL, NULL, 0));
    REQUIRE(PQpipelineSync(conn));
    answer(conn, PGRES_TUPLES_OK);
    answer(conn, PGRES_TUPLES_OK);
    answer(conn, PGRES_FATAL_ERROR);
    answer(conn, PGRES_PIPELINE_ABORTED);
    answer(conn, PGRES_PIPELINE_ABORTED);
    REQUIRE(PQpipelineStatus(conn) == PQ_PIPELINE_ABORTED);
    synced(conn);
    REQUIRE(PQpipelineStatus(conn) == PQ_PIPELINE_ON);
}

SENDER prepared(PGconn *conn)
{
    REQUIRE(PQsendPrepare(conn, "name", "SELECT $1::int AS first_text", 0, NULL));
    REQUIRE(PQsendQueryPrepared(conn, "name", 1, number(1), NULL, NULL, 0));
    REQUIRE(PQsendDescribePrepared(conn, "name"));
    REQUIRE(PQsendPrepare(conn, "", "SELECT $1::int AS unnamed", 0, NULL));
    REQUIRE(PQsendQueryPrepared(conn, "", 1, number(1), NULL, NULL, 0));
    REQUIRE(PQsendPrepare(conn, "", "SELECT $1::int AS unnamed_again", 0, NULL));
    REQUIRE(PQsendQueryPrepared(conn, "", 1, number(1), NULL, NULL, 0));
    REQUIRE(PQpipelineSync(conn));
    answer(conn, PGRES_COMMAND_OK);
    answer(conn, PGRES_TUPLES_OK);
    answer(conn, PGRES_COMMAND_OK);
    answer(conn, PGRES_COMMAND_OK);
    answer(conn, PGRES_TUPLES_OK);
    answer(conn, PGRES_COMMAND_OK);
    answer(conn, PGRES_TUPLES_OK);
    synced(conn);
}

/* A name that is taken: the server refuses, and it means what it meant. What was sent behind it is aborted. */
SENDER refused(PGconn *conn)
{
    REQUIRE(PQsendPrepare(conn, "name", "SELECT $1::int AS second_text", 0, NULL));
    REQUIRE(PQsendQueryPrepared(conn, "name", 1, number(2), NULL, NULL, 0));
    REQUIRE(PQpipelineSync(conn));
    REQUIRE(PQsendQueryPrepared(conn, "name", 1, number(3), NULL, NULL, 0)); /* not known yet that it was refused */
    REQUIRE(PQpipelineSync(conn));
    answer(conn, PGRES_FATAL_ERROR);
    answer(conn, PGRES_PIPELINE_ABORTED);
    synced(conn);
    answer(conn, PGRES_TUPLES_OK);
    synced(conn);
}

SENDER after_refusal(PGconn *conn)
{
    REQUIRE(PQsendQueryPrepared(conn, "name", 1, number(4), NULL, NULL, 0));
    REQUIRE(PQpipelineSync(conn));
    answer(conn, PGRES_TUPLES_OK);
    synced(conn);
}

SENDER syncs(PGconn *conn)
{
    REQUIRE(PQpipelineSync(conn));
    REQUIRE(PQpipelineSync(conn));
    REQUIRE(PQsendQueryParams(conn, "SELECT 1 AS syncs", 0, NULL, NULL, NULL, NULL, 0));
    REQUIRE(PQsendFlushRequest(conn));
    REQUIRE(PQflush(conn) == 0);
    synced(conn);
    synced(conn);
    answer(conn, PGRES_TUPLES_OK);
    REQUIRE(!PQgetResult(conn)); /* nothing is queued */
    REQUIRE(PQpipelineSync(conn));
    synced(conn);
}

SENDER row_by_row(PGconn *conn)
{
    int rows = 0;

    for (int i = 0; i < 2; i++)
        REQUIRE(PQsendQueryParams(conn, "SELECT generate_series(1, 5) AS row_by_row", 0, NULL, NULL, NULL, NULL, 0));
    REQUIRE(PQpipelineSync(conn));
    for (int i = 0; i < 2; i++) {
        PGresult *result;

        REQUIRE(PQsetSingleRowMode(conn));
        while ((result = PQgetResult(conn))) {
            rows += PQntuples(result);
            PQclear(result);
        }
    }
    REQUIRE(rows == 10);
    synced(conn);
}

SENDER afterwards(PGconn *conn)
{
    client_expect(PQexec(conn, "SELECT 1 AS afterwards"), PGRES_TUPLES_OK);
}

/* Left with answers unread. */
SENDER abandoned(PGconn *conn)
{
    REQUIRE(PQenterPipelineMode(conn));
    for (int i = 0; i < 7; i++)
        REQUIRE(PQsendQueryParams(conn, "SELECT $1::int AS abandoned", 1, NULL, number(i), NULL, NULL, 0));
    REQUIRE(PQpipelineSync(conn));
    answer(conn, PGRES_TUPLES_OK);
    client_expect(PQgetResult(conn), PGRES_TUPLES_OK);
}

/* More than the agent has memory for, when it is told to take little. */
SENDER flood(PGconn *conn)
{
    for (int i = 0; i < FLOOD; i++)
        REQUIRE(PQsendQueryParams(conn, "SELECT $1::int AS flood", 1, NULL, number(i), NULL, NULL, 0));
    REQUIRE(PQpipelineSync(conn));
    for (int i = 0; i < FLOOD; i++)
        answer(conn, PGRES_TUPLES_OK);
    synced(conn);
}

/* With an argument: the flood only. */
int main(int argc, char **argv)
{
    PGconn *conn = client_connect();

    (void)argv;
    REQUIRE(PQenterPipelineMode(conn));
    if (argc > 1) {
        flood(conn);
        syncs(conn);
        PQfinish(conn);
        return 0;
    }
    REQUIRE(!PQexec(conn, "SELECT 'not in a pipeline'"));
    many(conn);
    failing(conn);
    prepared(conn);
    refused(conn);
    after_refusal(conn);
    syncs(conn);
    row_by_row(conn);
    REQUIRE(PQexitPipelineMode(conn));
    afterwards(conn);
    abandoned(conn);
    PQfinish(conn);
    return 0;
}
