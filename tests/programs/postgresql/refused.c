/* Commands that libpq refuses before it looks at what it is handed: without a connection, with one that failed, and while another
 * command is at work. Pointers that nobody may read come back as refused, in this program's own process. */
#include <libpq-fe.h>
#include <stdint.h>
#include <stdio.h>

/* libpq's headers say which pointers it reads; the compiler is not to know that these are none. */
static void *volatile nothing = (void *)(uintptr_t)8;

static void send_each(const char *which, PGconn *conn)
{
    const char *const *values = nothing;
    const Oid *types = nothing;
    const int *numbers = nothing;
    int results[4];

    results[0] = PQsendQuery(conn, nothing);
    results[1] = PQsendQueryParams(conn, nothing, 2, types, values, numbers, numbers, 0);
    results[2] = PQsendPrepare(conn, nothing, nothing, 2, types);
    results[3] = PQsendQueryPrepared(conn, nothing, 2, values, numbers, numbers, 0);
    printf("%s: %d %d %d %d\n", which, results[0], results[1], results[2], results[3]);
}

int main(void)
{
    PGconn *failed = PQconnectdb("host=/nonexistent"), *conn = PQconnectdb("");
    PGresult *result;
    int rows = 0;

    send_each("none", NULL);
    send_each("failed", failed);
    if (PQsendQuery(conn, "SELECT 1") != 1)
        return 1;
    send_each("busy", conn);
    while ((result = PQgetResult(conn))) {
        rows += PQntuples(result);
        PQclear(result);
    }
    printf("%d row\n", rows);
    PQfinish(failed);
    PQfinish(conn);
    return 0;
}
