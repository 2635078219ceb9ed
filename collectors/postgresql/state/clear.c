#include "collectors/postgresql/state/clear.h"

#include "collectors/postgresql/state/command.h"
#include "collectors/postgresql/state/prepared.h"

void pq_connection_clear(struct thread *thread, struct pq_connection *connection, bool lost)
{
    pq_commands_abandon(thread, connection, lost ? PQ_CONNECTION_LOST : NULL);
    pq_prepared_drop_all(connection);
    if (thread)
        open_transaction_now(thread, &connection->transaction, NULL, false);
    else
        connection->transaction = (struct transaction){0};
    connection->untracked = 0;
    connection->pending.is_there = false;
}
