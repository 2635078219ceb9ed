/* Results: PQgetResult, which the library's own waiting functions call too.
 *
 * A command's results come in order, then a NULL: of the simple protocol one result for each statement, else one for the command;
 * rows that come one by one or in chunks are results before that one. In a pipeline, PGRES_PIPELINE_SYNC stands for the end of a
 * segment, and has no NULL behind it (www.postgresql.org/docs/current/libpq-pipeline-mode.html). A NULL before any result of the
 * first command is none of its own: PQexec asks for what is left of earlier commands before it sends.
 */
#include "collectors/libpq/result.h"

#include <stdlib.h>

#include "collectors/libpq/lifetime.h"
#include "collectors/postgresql/state/command.h"
#include "collectors/postgresql/statement/datum.h"
#include "collectors/libpq/entry.h"
#include "collectors/libpq/read.h"
#include "collectors/postgresql/statement/send.h"

#define TEXT_MAX 64 /* bytes of a value that is captured: keys are short */

static uint64_t field_hash(const struct pq_api *api, const PGresult *result, int row, int column)
{
    size_t length = (size_t)api->getlength(result, row, column);

    if (api->getisnull(result, row, column) || length > TEXT_MAX)
        return VALUE_NULL;
    return pq_datum_hash(api->ftype(result, column), api->fformat(result, column) == 1, api->getvalue(result, row, column),
                         length);
}

/* Captures the values of the rows, where somebody wants them. */
static COLD void capture(struct thread *thread, const struct pq_api *api, struct pq_command *command, const PGresult *result,
                         int rows)
{
    struct source *source = command->execution.source;
    int columns = api->nfields(result);
    bool room = source->shard == command->execution.shard; /* else it was given to another group meanwhile */

    if (room && source->columns == 0) {
        source->columns = columns < SOURCE_COLUMNS ? (uint32_t)columns : SOURCE_COLUMNS;
        for (uint32_t i = 0; i < source->columns; i++) {
            const char *name = api->fname(result, (int)i);
            if (name)
                strncpy(source->column[i].name, name, SOURCE_NAME - 1);
        }
    }
    if ((uint32_t)columns > source->columns)
        columns = (int)source->columns;
    for (int row = 0; row < rows && room; row++) {
        if (!source_row(thread, source, command->execution.episode))
            continue;
        for (int column = 0; column < columns && room; column++) {
            if (provenance_wants(source, (uint32_t)column))
                room = source_add(thread, source, command->execution.episode, (uint32_t)column,
                                  field_hash(api, result, row, column));
        }
    }
    if (!room)
        command->execution.source = NULL;
}

static void rows_arrived(struct thread *thread, const struct pq_api *api, struct pq_command *command, const PGresult *result)
{
    struct group_shard *shard = probe_shard(thread, &command->execution);
    int rows = api->ntuples(result);

    if (rows == 0)
        return;
    probe_rows(shard, (uint64_t)rows);
    if (unlikely(command->captures) && shard) {
        command->captures = false;
        probe_capture(thread, &command->execution, &command->given);
    }
    if (unlikely(command->execution.source != NULL)) {
        if (command->execution.source->captures <= WATCH_CAPTURES &&
            !watch_passes(thread, &pq_read_gate, result, shard, (uint32_t)rows, WATCH_RESULTS))
            watch_rows(thread, &pq_read_gate, result, shard, (uint32_t)api->nfields(result), (uint32_t)rows);
        capture(thread, api, command, result, rows);
    }
}

/* COPY says at its end how many rows it moved, and no client counts them better. */
static COLD void copy_arrived(struct thread *thread, const struct pq_api *api, struct pq_command *command, PGresult *result)
{
    const char *rows = api->cmdTuples(result);

    if (rows && *rows)
        probe_rows(probe_shard(thread, &command->execution), strtoull(rows, NULL, 10));
}

const char *pq_result_failure(const struct pq_connection *connection, const PGresult *result)
{
    const struct pq_api *api = &connection->library->api;
    const char *state = result ? api->resultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

    /* Errors that the library found itself have none, a lost connection most of all. */
    if (!state && api->status(connection->handle) != CONNECTION_OK)
        state = PQ_CONNECTION_LOST;
    return state ? state : "";
}

static void statement_arrived(struct thread *thread, struct pq_connection *connection, struct pq_command *command,
                              PGresult *result, ExecStatusType status)
{
    const struct pq_api *api = &connection->library->api;
    bool counts = command->kind == PQ_EXECUTION;

    switch ((int)status) {
    case PGRES_SINGLE_TUPLE:
    case PQ_TUPLES_CHUNK:
        if (counts)
            rows_arrived(thread, api, command, result);
        return;
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:
        command->copying = true;
        return;
    case PGRES_NONFATAL_ERROR: /* a notice */
        return;
    case PGRES_TUPLES_OK:
        if (counts)
            rows_arrived(thread, api, command, result);
        pq_command_end(thread, command, connection, NULL);
        return;
    case PGRES_COMMAND_OK:
        if (command->copying && counts)
            copy_arrived(thread, api, command, result);
        pq_command_end(thread, command, connection, NULL);
        return;
    case PGRES_EMPTY_QUERY:
        pq_command_end(thread, command, connection, NULL);
        return;
    default: /* PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_PIPELINE_ABORTED */
        pq_command_end(thread, command, connection, pq_result_failure(connection, result));
        return;
    }
}

/* The end of a segment of a pipeline. */
static void sync_arrived(struct thread *thread, struct pq_connection *connection)
{
    while (connection->first) {
        bool found = connection->first->kind == PQ_SYNC;
        pq_command_pop(thread, connection);
        if (found)
            return;
    }
    if (connection->untracked > 0)
        connection->untracked--;
}

static void nothing_arrived(struct thread *thread, struct pq_connection *connection)
{
    const struct pq_api *api = &connection->library->api;
    struct pq_command *command = connection->first;
    bool lost;

    if (command && command->answered)
        pq_command_pop(thread, connection);
    else if (!command && connection->untracked > 0)
        connection->untracked--;
    if (connection->first == connection->sync && connection->untracked == 0)
        return; /* nothing in flight, or only what is not sent yet */
    if (api->transactionStatus(connection->handle) == PQTRANS_ACTIVE)
        return;
    /* The library waits for nothing more: what is left lost its connection. */
    lost = api->status(connection->handle) != CONNECTION_OK;
    connection->untracked = 0;
    while (connection->first && connection->first != connection->sync) {
        if (!connection->first->ended)
            pq_command_end(thread, connection->first, connection, lost ? PQ_CONNECTION_LOST : NULL);
        pq_command_pop(thread, connection);
    }
}

/* A result of a command for which there was no memory. */
static COLD void left_out(const struct pq_api *api, const PGresult *result, ExecStatusType status)
{
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE || (int)status == PGRES_PIPELINE_ABORTED)
        recording_left_out(STATUS_LEFT_OUT_ERRORS, 1);
    recording_left_out(STATUS_LEFT_OUT_ROWS, (uint64_t)api->ntuples(result));
}

void pq_result_arrived(struct thread *thread, struct pq_connection *connection, PGresult *result)
{
    struct pq_command *command = connection->first;
    int saved_errno = errno;
    ExecStatusType status;

    if (!result) {
        nothing_arrived(thread, connection);
    } else {
        status = connection->library->api.resultStatus(result);
        if (unlikely(status == PGRES_PIPELINE_SYNC)) {
            sync_arrived(thread, connection);
        } else if (likely(command != NULL) && likely(command->kind != PQ_SYNC)) {
            if (unlikely(command->ended))
                pq_command_next(thread, command);
            command->answered = true;
            if (likely(!command->ended))
                statement_arrived(thread, connection, command, result, status);
        } else if (!command && connection->untracked > 0) {
            left_out(&connection->library->api, result, status);
        }
    }
    errno = saved_errno;
}

/* The NULL behind the only command's results, as it ends nearly every statement. */
static inline bool is_last(const struct pq_connection *connection, const PGresult *result)
{
    const struct pq_command *first = connection->first;

    return !result && first && !first->next && first->answered && first->ended && !first->more && connection->untracked == 0;
}

/* Nothing is in flight: PQexec asks for what is left before it sends. */
static inline bool is_asked_for_nothing(const struct pq_connection *connection, const PGresult *result)
{
    const struct pq_command *first = connection->first;

    return unlikely(connection->untracked > 0) ? false : !first || (!result && first == connection->sync && !first->answered);
}

EXPORT PGresult *PQgetResult(PGconn *conn)
{
    struct pq_connection *connection = pq_connection_find(conn);
    struct thread *thread;
    PGresult *result;

    if (unlikely(!connection))
        return pq_library_for_call("PQgetResult", conn, STACK_SLOT)->getResult(conn);
    result = connection->library->api.getResult(conn);
    /* A library whose sending functions call each other past us. Only its own calls come from below the wrapper that waits. */
    if (unlikely(connection->pending.is_there) && result && !connection->first && connection->untracked == 0 &&
        copies_contains(&connection->library->loaded, *front_behind(STACK_SLOT)))
        pq_pending_begin(thread_current(), connection);
    if (is_asked_for_nothing(connection, result))
        return result;
    thread = thread_current();
    if (thread && likely(is_last(connection, result)))
        pq_command_pop(thread, connection);
    else if (thread)
        pq_result_arrived(thread, connection, result);
    return result;
}
