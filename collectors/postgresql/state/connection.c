#include "collectors/postgresql/state/connection.h"

struct lock pq_lock;

int pq_connection_escapes(const void *connection)
{
    const struct pq_connection *c = connection;

    return c->escapes(c);
}
