/* Several statements in one text, and prepared statements made, used and dropped by SQL. */
#include "client.h"

#include <setjmp.h>

SENDER three_in_one(PGconn *conn)
{
    client_expect(PQexec(conn, "CREATE TEMP TABLE three (id int); INSERT INTO three VALUES (1), (2);"
                               " SELECT id AS three FROM three; -- nothing more ;"),
                  PGRES_TUPLES_OK);
}

/* The second one fails, the third is not run. */
SENDER failing(PGconn *conn)
{
    client_expect(PQexec(conn, "SELECT 1 AS before_failing; SELECT 1 / 0 AS failing; SELECT 3 AS after_failing"),
                  PGRES_FATAL_ERROR);
}

SENDER not_separated(PGconn *conn)
{
    client_expect(PQexec(conn, "CREATE TEMP TABLE log (what text); CREATE TEMP TABLE target (id int);"
                               "CREATE RULE log_it AS ON INSERT TO target DO ALSO (INSERT INTO log VALUES ('a;b');"
                               " INSERT INTO log VALUES ($$c;d$$));"
                               "CREATE FUNCTION pg_temp.twice(x int) RETURNS int BEGIN ATOMIC SELECT CASE WHEN x > 0 THEN 1 END;"
                               " SELECT 2 * x; END; SELECT E'e\\';f' AS \"g;h\" /* i; /* j; */ k; */"),
                  PGRES_TUPLES_OK);
}

SENDER asynchronous(PGconn *conn)
{
    PGresult *result;
    int results = 0;

    REQUIRE(PQsendQuery(conn, "BEGIN; SELECT generate_series(1, 3) AS asynchronous; COMMIT"));
    for (; (result = PQgetResult(conn)); results++)
        PQclear(result);
    REQUIRE(results == 3);
}

SENDER empty(PGconn *conn)
{
    client_expect(PQexec(conn, ""), PGRES_EMPTY_QUERY);
    client_expect(PQexec(conn, " ; /* ; */ -- ;"), PGRES_EMPTY_QUERY);
}

SENDER by_sql(PGconn *conn)
{
    client_expect(PQexec(conn, "PREPARE \"By SQL\" (int) AS SELECT $1 AS by_sql"), PGRES_COMMAND_OK);
    client_expect(PQexec(conn, "EXECUTE \"By SQL\"(10)"), PGRES_TUPLES_OK);
    client_expect(PQexec(conn, "execute \"By SQL\" ( 11 )"), PGRES_TUPLES_OK);
    client_expect(PQexec(conn, "DEALLOCATE PREPARE \"By SQL\""), PGRES_COMMAND_OK);
}

/* The name does not make another statement of it. */
SENDER name_each_time(PGconn *conn)
{
    for (int i = 0; i < 5; i++) {
        const char *value = "7";
        char name[32], text[64];

        snprintf(name, sizeof name, "made_up_%d", i);
        snprintf(text, sizeof text, "DEALLOCATE %s", name);
        client_expect(PQprepare(conn, name, "SELECT $1::int AS name_each_time", 0, NULL), PGRES_COMMAND_OK);
        client_expect(PQexecPrepared(conn, name, 1, &value, NULL, NULL, 0), PGRES_TUPLES_OK);
        client_expect(PQexec(conn, text), PGRES_COMMAND_OK);
    }
}

SENDER name_again(PGconn *conn)
{
    client_expect(PQexec(conn, "PREPARE again AS SELECT 1 AS again_first"), PGRES_COMMAND_OK);
    client_expect(PQexec(conn, "PREPARE again AS SELECT 2 AS again_refused"), PGRES_FATAL_ERROR);
    client_expect(PQexec(conn, "EXECUTE AGAIN"), PGRES_TUPLES_OK);
    client_expect(PQexec(conn, "DEALLOCATE again; PREPARE again AS SELECT 3 AS again_second; EXECUTE again"), PGRES_TUPLES_OK);
    client_expect(PQexecPrepared(conn, "again", 0, NULL, NULL, NULL, 0), PGRES_TUPLES_OK);
    client_expect(PQexec(conn, "BEGIN; SELECT 1 / 0 AS aborts"), PGRES_FATAL_ERROR);
    client_expect(PQexec(conn, "DEALLOCATE again"), PGRES_FATAL_ERROR);
    client_expect(PQexec(conn, "ROLLBACK"), PGRES_COMMAND_OK);
    client_expect(PQexecPrepared(conn, "again", 0, NULL, NULL, NULL, 0), PGRES_TUPLES_OK);
}

SENDER discarded(PGconn *conn)
{
    client_expect(PQexec(conn, "DISCARD ALL"), PGRES_COMMAND_OK);
    client_expect(PQexecPrepared(conn, "again", 0, NULL, NULL, NULL, 0), PGRES_FATAL_ERROR);
}

/* What drivers do: parameters first, a prepared statement when it pays. One statement. */
SENDER both_ways(PGconn *conn)
{
    const char *value = "1";

    for (int i = 0; i < 10; i++) {
        if (i == 5)
            client_expect(PQprepare(conn, "both", "SELECT $1::int AS both_ways", 0, NULL), PGRES_COMMAND_OK);
        REQUIRE(i < 5 ? PQsendQueryParams(conn, "SELECT $1::int AS both_ways", 1, NULL, &value, NULL, NULL, 0)
                      : PQsendQueryPrepared(conn, "both", 1, &value, NULL, NULL, 0));
        client_expect(PQgetResult(conn), PGRES_TUPLES_OK);
        REQUIRE(!PQgetResult(conn));
    }
}

SENDER copies(PGconn *conn)
{
    PGresult *result = PQexec(conn, "CREATE TEMP TABLE copied (id int); COPY copied FROM STDIN; SELECT 4 AS behind_copy");
    char *line;
    int length;

    client_expect(result, PGRES_COPY_IN);
    REQUIRE(PQputCopyData(conn, "1\n2\n3\n", 6) == 1 && PQputCopyEnd(conn, NULL) == 1);
    client_expect(PQgetResult(conn), PGRES_COMMAND_OK);
    client_expect(PQgetResult(conn), PGRES_TUPLES_OK);
    REQUIRE(!PQgetResult(conn));

    client_expect(PQexec(conn, "COPY copied TO STDOUT"), PGRES_COPY_OUT);
    while (PQgetCopyData(conn, &line, 0) > 0)
        PQfreemem(line);
    client_expect(PQgetResult(conn), PGRES_COMMAND_OK);
    REQUIRE(!PQgetResult(conn));

    client_expect(PQexec(conn, "COPY copied FROM STDIN"), PGRES_COPY_IN);
    REQUIRE(PQputCopyEnd(conn, "changed my mind") == 1);
    client_expect(PQgetResult(conn), PGRES_FATAL_ERROR);
    REQUIRE(!PQgetResult(conn));

    client_expect(PQexec(conn, "COPY copied FROM STDIN"), PGRES_COPY_IN);
    REQUIRE(PQputline(conn, "4\n") == 0 && PQputline(conn, "\\.\n") == 0 && PQendcopy(conn) == 0);
    REQUIRE(!PQfn(conn, 1397, &length, &length, 1, NULL, 0)); /* busy */
    REQUIRE(!PQgetResult(conn));
}

SENDER calls(PGconn *conn)
{
    PQArgBlock argument = {.len = 4, .isint = 1, .u.integer = -5};
    int value = 0, length = 0;

    client_expect(PQfn(conn, 1397, &value, &length, 1, &argument, 1), PGRES_COMMAND_OK); /* int4abs */
    REQUIRE(value == 5);
}

SENDER messages(PGconn *conn)
{
    client_expect(PQprepare(conn, "", "SELECT 1 AS only_prepared", 0, NULL), PGRES_COMMAND_OK);
    client_expect(PQprepare(conn, "", "SELECT wrong", 0, NULL), PGRES_FATAL_ERROR);
    client_expect(PQdescribePrepared(conn, "both"), PGRES_COMMAND_OK);
    client_expect(PQdescribePortal(conn, "no_such_portal"), PGRES_FATAL_ERROR);
    REQUIRE(PQsetClientEncoding(conn, "UTF8") == 0);
}

/* What the library refuses is not sent. */
SENDER refused(PGconn *conn)
{
    REQUIRE(PQsendQuery(conn, "SELECT 1 AS sent"));
    REQUIRE(!PQsendQuery(conn, "SELECT 2 AS busy"));
    client_expect(PQexec(conn, "SELECT 3 AS drains"), PGRES_TUPLES_OK);
    REQUIRE(!PQsendQuery(conn, NULL));
    REQUIRE(!PQexec(conn, NULL));
}

/* PQexecPrepared drains what is in flight, and that drops what it names. */
SENDER drained_name(PGconn *conn)
{
    client_expect(PQprepare(conn, "drained", "SELECT 5 AS drained_name", 0, NULL), PGRES_COMMAND_OK);
    client_expect(PQexecPrepared(conn, "drained", 0, NULL, NULL, NULL, 0), PGRES_TUPLES_OK);
    REQUIRE(PQsendQuery(conn, "DEALLOCATE drained"));
    client_expect(PQexecPrepared(conn, "drained", 0, NULL, NULL, NULL, 0), PGRES_FATAL_ERROR);
}

static jmp_buf out_of_it;
static volatile int jumps;

static void notice(void *argument, const PGresult *result)
{
    if (jumps-- > 0)
        longjmp(out_of_it, 1);
}

/* Other code's frames where those of the wrapper were. */
static __attribute__((noinline)) int overwrite_stack(int value)
{
    volatile char bytes[4096];

    memset((char *)bytes, value, sizeof bytes);
    return bytes[value];
}

/* libpq meets the notice again, which is handled then. */
SENDER jumped_out(PGconn *conn)
{
    const char *value = "12";

    client_expect(PQexec(conn, "SET client_min_messages TO notice"), PGRES_COMMAND_OK);
    PQsetNoticeReceiver(conn, notice, NULL);
    for (volatile int i = 0; i < 2; i++) {
        jumps = 1;
        if (setjmp(out_of_it) == 0) {
            if (i == 0)
                PQclear(PQexec(conn, "DO $$ BEGIN RAISE NOTICE 'jump'; END $$"));
            else
                PQclear(PQexecParams(conn, "DO $$ BEGIN RAISE NOTICE 'jump'; END $$", 0, NULL, NULL, NULL, NULL, 0));
            abort();
        }
        overwrite_stack(85);
        if (i == 0)
            REQUIRE(PQsetClientEncoding(conn, "UTF8") == 0);
        client_expect(PQexecParams(conn, "SELECT $1::int AS jumped_out", 1, NULL, &value, NULL, NULL, 0), PGRES_TUPLES_OK);
    }
}

int main(void)
{
    PGconn *conn = client_connect();

    three_in_one(conn);
    failing(conn);
    not_separated(conn);
    asynchronous(conn);
    empty(conn);
    by_sql(conn);
    name_each_time(conn);
    name_again(conn);
    discarded(conn);
    both_ways(conn);
    copies(conn);
    calls(conn);
    messages(conn);
    refused(conn);
    drained_name(conn);
    jumped_out(conn);
    PQfinish(conn);
    return 0;
}
