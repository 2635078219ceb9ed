/* The part of libpq's interface that is interposed or called, once: everything else is made from this list.
 *
 * INTERPOSED(return type, name without PQ, parameters); CALLED likewise. Nothing is interposed that libpq 9.6 lacks, but for
 * PQpipelineSync (14) and those of PQ_SINCE_17, which end or add entries of the queue of commands: a program that asks dlsym for
 * them finds ours even when its library is older. Signatures: libpq-fe.h, www.postgresql.org/docs/current/libpq.html.
 */
#ifndef NPLUS1_COLLECTORS_LIBPQ_API_H
#define NPLUS1_COLLECTORS_LIBPQ_API_H

#ifndef __ASSEMBLER__ /* entries.S makes entries from the list */
#include <libpq-fe.h>
#endif

#define PQ_INTERPOSED(X)                                                                                                         \
    X(PGconn *, connectdb, (const char *conninfo))                                                                               \
    X(PGconn *, connectdbParams, (const char *const *keywords, const char *const *values, int expand_dbname))                    \
    X(PGconn *, setdbLogin,                                                                                                      \
      (const char *host, const char *port, const char *options, const char *tty, const char *database, const char *login,        \
       const char *password))                                                                                                    \
    X(PostgresPollingStatusType, connectPoll, (PGconn * conn))                                                                   \
    X(void, reset, (PGconn * conn))                                                                                              \
    X(int, resetStart, (PGconn * conn))                                                                                          \
    X(PostgresPollingStatusType, resetPoll, (PGconn * conn))                                                                     \
    X(void, finish, (PGconn * conn))                                                                                             \
    X(PGresult *, exec, (PGconn * conn, const char *query))                                                                      \
    X(PGresult *, execParams,                                                                                                    \
      (PGconn * conn, const char *command, int count, const Oid *types, const char *const *values, const int *lengths,           \
       const int *formats, int result_format))                                                                                   \
    X(PGresult *, prepare, (PGconn * conn, const char *name, const char *query, int count, const Oid *types))                    \
    X(PGresult *, execPrepared,                                                                                                  \
      (PGconn * conn, const char *name, int count, const char *const *values, const int *lengths, const int *formats,            \
       int result_format))                                                                                                       \
    X(PGresult *, describePrepared, (PGconn * conn, const char *name))                                                           \
    X(PGresult *, describePortal, (PGconn * conn, const char *name))                                                             \
    X(PGresult *, fn,                                                                                                            \
      (PGconn * conn, int function, int *result, int *result_length, int result_is_int, const PQArgBlock *arguments, int count)) \
    X(int, sendQuery, (PGconn * conn, const char *query))                                                                        \
    X(int, sendQueryParams,                                                                                                      \
      (PGconn * conn, const char *command, int count, const Oid *types, const char *const *values, const int *lengths,           \
       const int *formats, int result_format))                                                                                   \
    X(int, sendPrepare, (PGconn * conn, const char *name, const char *query, int count, const Oid *types))                       \
    X(int, sendQueryPrepared,                                                                                                    \
      (PGconn * conn, const char *name, int count, const char *const *values, const int *lengths, const int *formats,            \
       int result_format))                                                                                                       \
    X(int, sendDescribePrepared, (PGconn * conn, const char *name))                                                              \
    X(int, sendDescribePortal, (PGconn * conn, const char *name))                                                                \
    X(PGresult *, getResult, (PGconn * conn))                                                                                    \
    X(int, putCopyData, (PGconn * conn, const char *buffer, int bytes))                                                          \
    X(int, getCopyData, (PGconn * conn, char **buffer, int async))                                                               \
    X(void, clear, (PGresult * result))                                                                                          \
    X(char *, getvalue, (const PGresult *result, int row, int column))                                                           \
    X(int, pipelineSync, (PGconn * conn))                                                                                        \
    PQ_SINCE_17(X)

#define PQ_SINCE_17(X)                                                                                                           \
    X(PGresult *, closePrepared, (PGconn * conn, const char *name))                                                              \
    X(PGresult *, closePortal, (PGconn * conn, const char *name))                                                                \
    X(int, sendClosePrepared, (PGconn * conn, const char *name))                                                                 \
    X(int, sendClosePortal, (PGconn * conn, const char *name))                                                                   \
    X(int, sendPipelineSync, (PGconn * conn))

#define PQ_CALLED(X)                                                                                                             \
    X(char *, db, (const PGconn *conn))                                                                                          \
    X(char *, host, (const PGconn *conn))                                                                                        \
    X(char *, port, (const PGconn *conn))                                                                                        \
    X(int, socket, (const PGconn *conn))                                                                                         \
    X(ConnStatusType, status, (const PGconn *conn))                                                                              \
    X(const char *, parameterStatus, (const PGconn *conn, const char *name))                                                     \
    X(PGTransactionStatusType, transactionStatus, (const PGconn *conn))                                                          \
    X(PGpipelineStatus, pipelineStatus, (const PGconn *conn)) /* 14 */                                                           \
    X(ExecStatusType, resultStatus, (const PGresult *result))                                                                    \
    X(int, ntuples, (const PGresult *result))                                                                                    \
    X(int, nfields, (const PGresult *result))                                                                                    \
    X(char *, fname, (const PGresult *result, int column))                                                                       \
    X(Oid, ftype, (const PGresult *result, int column))                                                                          \
    X(int, fformat, (const PGresult *result, int column))                                                                        \
    X(int, getlength, (const PGresult *result, int row, int column))                                                             \
    X(int, getisnull, (const PGresult *result, int row, int column))                                                             \
    X(char *, cmdTuples, (PGresult * result))                                                                                    \
    X(char *, resultErrorField, (const PGresult *result, int field))

#ifndef __ASSEMBLER__
struct pq_api {
#define MEMBER(type, name, parameters) type(*name) parameters;
    PQ_INTERPOSED(MEMBER)
    PQ_CALLED(MEMBER)
#undef MEMBER
};

#define PROTOTYPE(type, name, parameters) extern type PQ##name parameters;
PQ_SINCE_17(PROTOTYPE)
#undef PROTOTYPE
#endif

#define PQ_TUPLES_CHUNK 12 /* PGRES_TUPLES_CHUNK of libpq 17 */

#endif
