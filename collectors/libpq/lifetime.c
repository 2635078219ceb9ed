#include "collectors/libpq/lifetime.h"

#include <string.h>

#include "agent/base/memory.h"
#include "agent/base/strbuf.h"
#include "collectors/postgresql/protocol/sockets.h"
#include "collectors/postgresql/state/clear.h"
#include "collectors/postgresql/state/command.h"
#include "collectors/postgresql/state/prepared.h"
#include "agent/unit/descriptors.h"

#define HOST_MAX 512

static struct slab connection_slab = {.size = sizeof(struct pq_connection)};
static uint64_t last_serial;

struct table pq_connections = TABLE_INIT;

/* As the server said last. */
static int escapes(const struct pq_connection *connection)
{
    const struct pq_api *api = &connection->library->api;
    const char *value = NULL;

    if (api->parameterStatus)
        value = api->parameterStatus(connection->handle, "standard_conforming_strings");
    return value ? strcmp(value, "off") == 0 : -1;
}

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
        connection->escapes = escapes;
        connection->database = database;
        connection->socket = library->api.socket ? library->api.socket(handle) : -1;
        sockets_leave(connection->socket); /* its commands are counted here, not as messages */
        descriptors_database(connection->socket, true);
    }
    return connection;
}

static void forget(struct thread *thread, struct pq_connection *connection, bool lost)
{
    pq_connection_clear(thread, connection, lost);
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
