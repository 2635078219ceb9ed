/* One connection in several threads in turn, a connection inherited by a fork, one address for several connections. */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"

#define THREADS 4

static void *in_thread(void *conn)
{
    PQclear(PQgetResult(conn));
    REQUIRE(!PQgetResult(conn));
    REQUIRE(PQsendQuery(conn, "SELECT 1 AS in_thread"));
    return NULL;
}

/* Each thread reads what the one before it has asked. */
SENDER in_turn(PGconn *conn)
{
    pthread_t thread;

    REQUIRE(PQsendQuery(conn, "SELECT 1 AS in_turn"));
    for (int i = 0; i < THREADS; i++)
        REQUIRE(!pthread_create(&thread, NULL, in_thread, conn) && !pthread_join(thread, NULL));
    client_expect(PQgetResult(conn), PGRES_TUPLES_OK);
    REQUIRE(!PQgetResult(conn));
}

/* The child may use what it inherited when the parent leaves it alone. */
SENDER inherited(PGconn *conn)
{
    int status;
    pid_t child;

    client_expect(PQprepare(conn, "inherited", "SELECT 1 AS inherited", 0, NULL), PGRES_COMMAND_OK);
    client_expect(PQexecPrepared(conn, "inherited", 0, NULL, NULL, NULL, 0), PGRES_TUPLES_OK);
    child = fork();
    if (child == 0) {
        PGconn *own = client_connect();

        for (int i = 0; i < 3; i++)
            client_expect(PQexecPrepared(conn, "inherited", 0, NULL, NULL, NULL, 0), PGRES_TUPLES_OK);
        client_expect(PQexec(own, "SELECT 1 AS childs_own"), PGRES_TUPLES_OK);
        PQfinish(own);
        exit(0);
    }
    REQUIRE(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    client_expect(PQexecPrepared(conn, "inherited", 0, NULL, NULL, NULL, 0), PGRES_TUPLES_OK);
}

SENDER one_after_the_other(void)
{
    for (int i = 0; i < 20; i++) {
        PGconn *conn = i % 2 ? client_connect() : PQconnectdb("dbname=template1");

        REQUIRE(PQstatus(conn) == CONNECTION_OK);
        client_expect(PQprepare(conn, "same", i % 2 ? "SELECT 1 AS odd" : "SELECT 2 AS even", 0, NULL), PGRES_COMMAND_OK);
        client_expect(PQexecPrepared(conn, "same", 0, NULL, NULL, NULL, 0), PGRES_TUPLES_OK);
        PQfinish(conn);
    }
}

/* PQconnectStart and PQconnectPoll. */
SENDER polled(void)
{
    PGconn *conn = PQconnectStart("");
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;

    while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED) {
        fd_set set;

        FD_ZERO(&set);
        FD_SET(PQsocket(conn), &set);
        REQUIRE(select(PQsocket(conn) + 1, status == PGRES_POLLING_READING ? &set : NULL,
                       status == PGRES_POLLING_WRITING ? &set : NULL, NULL, NULL) == 1);
        status = PQconnectPoll(conn);
    }
    client_expect(PQexec(conn, "SELECT 1 AS polled"), PGRES_TUPLES_OK);
    REQUIRE(PQresetStart(conn));
    do
        status = PQresetPoll(conn);
    while (status != PGRES_POLLING_OK && status != PGRES_POLLING_FAILED);
    client_expect(PQexec(conn, "SELECT 1 AS polled_again"), PGRES_TUPLES_OK);
    PQfinish(conn);
}

int main(void)
{
    PGconn *conn = client_connect();
    PGconn *refused = PQconnectdb("dbname=no_such_database");

    REQUIRE(PQstatus(refused) == CONNECTION_BAD && !PQsendQuery(refused, "SELECT 'not sent'"));
    PQfinish(refused);
    in_turn(conn);
    inherited(conn);
    one_after_the_other();
    polled();
    PQfinish(conn);
    PQfinish(NULL);
    return 0;
}
