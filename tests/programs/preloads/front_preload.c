/* Another guest, in front of the agent, whose functions call on and come back: so it is the caller of all that the libraries call
 * themselves, too. */
#include <dlfcn.h>

#include <libpq-fe.h>
#include <sqlite3.h>

#define GO_ON(type, name, parameters, arguments)                                                                                 \
    type name parameters                                                                                                         \
    {                                                                                                                            \
        static type(*real) parameters;                                                                                           \
                                                                                                                                 \
        if (!real)                                                                                                               \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                                                           \
        return real arguments;                                                                                                   \
    }

GO_ON(int, sqlite3_exec,
      (sqlite3 * db, const char *sql, int (*callback)(void *, int, char **, char **), void *data, char **error),
      (db, sql, callback, data, error))
GO_ON(int, sqlite3_get_table, (sqlite3 * db, const char *sql, char ***table, int *rows, int *columns, char **error),
      (db, sql, table, rows, columns, error))
GO_ON(int, sqlite3_prepare_v2, (sqlite3 * db, const char *sql, int bytes, sqlite3_stmt **stmt, const char **tail),
      (db, sql, bytes, stmt, tail))
GO_ON(int, sqlite3_step, (sqlite3_stmt * stmt), (stmt))
GO_ON(int, sqlite3_reset, (sqlite3_stmt * stmt), (stmt))
GO_ON(int, sqlite3_finalize, (sqlite3_stmt * stmt), (stmt))
GO_ON(PGresult *, PQexec, (PGconn * conn, const char *query), (conn, query))
GO_ON(PGresult *, PQgetResult, (PGconn * conn), (conn))
GO_ON(PGresult *, PQprepare, (PGconn * conn, const char *name, const char *query, int count, const Oid *types),
      (conn, name, query, count, types))
GO_ON(int, PQsendQuery, (PGconn * conn, const char *query), (conn, query))
GO_ON(int, PQsendPrepare, (PGconn * conn, const char *name, const char *query, int count, const Oid *types),
      (conn, name, query, count, types))
GO_ON(PostgresPollingStatusType, PQconnectPoll, (PGconn * conn), (conn))
