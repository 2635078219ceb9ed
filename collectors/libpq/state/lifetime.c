#include "collectors/libpq/state/lifetime.h"

#include <string.h>

#include "agent/base/memory.h"
#include "agent/base/strbuf.h"
#include "collectors/libpq/state/command.h"
#include "collectors/libpq/state/prepared.h"
#include "agent/unit/descriptors.h"

#define HOST_MAX 512

static struct slab connection_slab = {.size = sizeof(struct pq_connection)};
static uint64_t last_serial;

static struct database *open_database(struct thread *thread, const struct pq_library *library, const PGconn *handle)
{
    const char *name = library->api.db ? library->api.db(handle) : NULL;
    const char *host = library->api.host ? library->api.host(handle) : NULL;
    const char *port = library->api.port ? library->api.port(handle) : NULL;
    char text[HOST_MAX];
    struct strbuf where;

    strbuf_init(&where, text, sizeof text);
    strbuf_add(&where, host ? host : "");
    if (port && *port) {
        strbuf_add(&where, ":");
        strbuf_add(&where, port);
    }
    return probe_open(thread, DATABASE_POSTGRESQL, name ? name : "", text);
}

struct pq_connection *pq_connection_add(struct thread *thread, const struct pq_library *library, PGconn *handle)
{
    struct database *database = open_database(thread, library, handle);
    struct pq_connection *connection = pq_connection_find(handle);

    if (connection) {
        pq_connection_forget(thread, connection);
    } else if (lock_take_briefly(&pq_lock)) {
        connection = slab_take(&connection_slab);
        if (connection && !table_put(&pq_connections, (uintptr_t)handle, connection)) {
            slab_give(&connection_slab, connection);
            connection = NULL;
        }
        if (connection)
            connection->serial = ++last_serial;
        lock_release_brief(&pq_lock);
    }
    if (connection) {
        probe_on_doubt(pq_connection_escapes);
        connection->library = library;
        connection->handle = handle;
        connection->database = database;
        connection->socket = library->api.socket ? library->api.socket(handle) : -1;
        descriptors_database(connection->socket, true);
    }
    return connection;
}

int pq_connection_escapes(const void *connection)
{
    const struct pq_connection *c = connection;
    const char *value = NULL;

    if (c->library->api.parameterStatus)
        value = c->library->api.parameterStatus(c->handle, "standard_conforming_strings");
    return value ? strcmp(value, "off") == 0 : -1;
}

static void forget(struct thread *thread, struct pq_connection *connection, bool lost)
{
    pq_commands_abandon(thread, connection, lost ? PQ_CONNECTION_LOST : NULL);
    pq_prepared_drop_all(connection);
    if (thread)
        open_transaction_now(thread, &connection->transaction, NULL, false);
    else
        connection->transaction = (struct transaction){0};
    connection->untracked = 0;
    connection->pending.is_there = false;
    descriptors_database(connection->socket, false);
}

void pq_connection_forget(struct thread *thread, struct pq_connection *connection)
{
    forget(thread, connection, true);
}

void pq_connection_remove(struct thread *thread, struct pq_connection *connection)
{
    forget(thread, connection, connection->library->api.status(connection->handle) != CONNECTION_OK);
    pq_commands_free(connection);
    if (!lock_take_briefly(&pq_lock))
        return;
    table_remove(&pq_connections, (uintptr_t)connection->handle);
    slab_give(&connection_slab, connection);
    lock_release_brief(&pq_lock);
}

void pq_connection_reset_after_fork(void)
{
    pq_lock = (struct lock){0};
    copies_reset_after_fork(&pq_library_kind);
}
