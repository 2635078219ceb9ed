#include "collectors/postgresql/protocol/session.h"

#include <string.h>

#include "agent/base/memory.h"
#include "collectors/postgresql/state/clear.h"
#include "collectors/postgresql/state/command.h"

#define KEPT UINT64_C(0x9e3779b97f4a7c15) /* tells the names of what portals keep from a client's */

static struct slab slab = {.size = sizeof(struct session)}; /* pq_lock */
static uint64_t last_serial;                                /* pq_lock */

static int escapes(const struct pq_connection *connection)
{
    const struct session *session = (const struct session *)connection;

    return session->standard_strings < 0 ? -1 : !session->standard_strings;
}

struct session *session_create(const char *host)
{
    struct session *session;

    if (!lock_take_briefly(&pq_lock))
        return NULL;
    session = slab_take(&slab);
    if (session) /* the upper half tells its names from those of libpq's connections */
        session->connection.serial = ++last_serial | UINT64_C(1) << 63;
    lock_release_brief(&pq_lock);
    if (!session)
        return NULL;
    session->connection.escapes = escapes;
    session->connection.socket = -1;
    session->standard_strings = -1;
    session->sent.untyped = true;
    strncpy(session->host, host, SESSION_NAME_MAX - 1);
    return session;
}

static void release_memory(struct session *session)
{
    message_stream_finish(&session->sent);
    message_stream_finish(&session->received);
    memory_unmap(session->parsed, session->parsed_size);
    session->parsed = NULL;
    session->parsed_size = session->parsed_length = 0;
    portals_close_all(&session->portals);
    pq_commands_free(&session->connection);
}

/* What was sent behind one that failed, and no Sync after it, is never executed. */
static void end_skipped(struct thread *thread, struct session *session)
{
    struct pq_connection *connection = &session->connection;

    while (session->skips && connection->first && connection->first->kind != PQ_SYNC) {
        if (!connection->first->ended)
            pq_command_end(thread, connection->first, connection, connection->first->kind == PQ_EXECUTION ? "" : NULL);
        pq_command_pop(thread, connection);
    }
}

static void end(struct thread *thread, struct session *session, bool lost)
{
    end_skipped(thread, session);
    pq_connection_clear(thread, &session->connection, lost);
    release_memory(session);
}

/* As a statement that is prepared under a name of its own, until it is executed. */
static void keep_text(struct thread *thread, struct session *session, struct portal *portal)
{
    struct pq_prepared *prepared;

    if (!portal->is_text || portal->began)
        return;
    portal->is_text = false;
    portal->is_kept = true;
    portal->statement = hash_mix(portal->name, KEPT);
    prepared = pq_prepared_add(thread, &session->connection, portal->statement, session_text(session), session->text_length,
                               VALUES_FOLLOWED, session->text_types);
    if (prepared) {
        prepared->statement.fresh = false; /* the program has not prepared it for this */
        prepared->shape = session->text_shape;
        pq_prepared_agreed(prepared);
    }
    portal->prepared = prepared;
    portal->bound.statement = prepared ? &prepared->statement : NULL;
    portal->bound.found = pq_prepared_changes;
}

void session_keep_text(struct thread *thread, struct session *session)
{
    if (session->portals.has_unnamed)
        keep_text(thread, session, &session->portals.unnamed);
    for (struct portal *portal = session->portals.first; portal; portal = portal->next)
        keep_text(thread, session, portal);
}

void session_lost(struct thread *thread, struct session *session)
{
    session->gone = true;
    pq_commands_abandon(thread, &session->connection, PQ_CONNECTION_LOST);
}

void session_destroy(struct thread *thread, struct session *session, bool lost)
{
    end(thread, session, lost || session->gone);
    if (!lock_take_briefly(&pq_lock))
        return;
    slab_give(&slab, session);
    lock_release_brief(&pq_lock);
}

void session_reset_after_fork(struct session *session)
{
    session->lock = (struct lock){0};
    session->known.thread = NULL;
    session->portals.unnamed.bound.thread = NULL;
    for (struct portal *portal = session->portals.first; portal; portal = portal->next)
        portal->bound.thread = NULL;
}

void session_give_up(struct thread *thread, struct session *session, bool visibly)
{
    if (session->phase == SESSION_OVER)
        return;
    session->phase = SESSION_OVER;
    end(thread, session, false);
    if (visibly)
        recording_left_out(STATUS_LEFT_OUT_CONNECTIONS, 1);
}

struct thread *session_thread_of_others(struct session *session)
{
    struct thread *thread;
    uint64_t task;

    if (session->phase == SESSION_NEW || session->phase == SESSION_ASKS || session->phase == SESSION_ENCRYPTED ||
        session->phase == SESSION_OVER)
        return NULL;
    thread = thread_current();
    if (thread && thread->carries) {
        task = walkers_task();
        thread->carries = task != 0;
        if (task)
            thread = thread_enter_lane(thread, task);
    }
    if (!thread)
        session_give_up(NULL, session, true);
    return thread;
}
