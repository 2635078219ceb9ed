/* What the PostgreSQL test programs share: connections by the PG* variables, and an end with a message when something is not as
 * it must be. What a program executes is known from its text; tests/integration says the counts, by the function that sends. */
#ifndef NPLUS1_TESTS_PROGRAMS_POSTGRESQL_CLIENT_H
#define NPLUS1_TESTS_PROGRAMS_POSTGRESQL_CLIENT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition) client_require(condition, #condition, __FILE__, __LINE__)

static inline void client_require(bool holds, const char *condition, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: %s does not hold\n", file, line, condition);
    exit(3);
}

static inline void client_ignore_notice(void *argument, const char *message)
{
    (void)argument;
    (void)message;
}

static inline PGconn *client_connect(void)
{
    PGconn *conn = PQconnectdb("");

    REQUIRE(PQstatus(conn) == CONNECTION_OK);
    PQsetNoticeProcessor(conn, client_ignore_notice, NULL);
    return conn;
}

/* Takes the result, which must have that status. */
static inline void client_expect(PGresult *result, ExecStatusType status)
{
    if (PQresultStatus(result) != status) {
        fprintf(stderr, "%s instead of %s: %s\n", PQresStatus(PQresultStatus(result)), PQresStatus(status),
                PQresultErrorMessage(result));
        exit(3);
    }
    PQclear(result);
}

/* Not inlined: the function that sends is what the report tells apart. */
#define SENDER static __attribute__((noinline)) void

#endif
