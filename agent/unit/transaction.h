/* Transactions of one connection, as far as they are units of work and can be open for too long.
 *
 * In an event loop several connections are busy at once, each for a task of its own. Then what belongs together is what one
 * connection does: the time outside of transactions of each is told from that of the others, and what it read for a task that
 * is waiting for an answer still counts when other work comes to the thread.
 *
 * Lives in the collector's connection, zeroed when that is new. Belongs to the thread that uses the connection; errno is
 * preserved.
 */
#ifndef NPLUS1_AGENT_UNIT_TRANSACTION_H
#define NPLUS1_AGENT_UNIT_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"

struct group_shard;
struct thread;
struct open_record;

struct transaction {
    uint64_t serial; /* another one for each transaction and for each time outside of any; odd: one is open */
    struct thread *thread;
    struct group_shard *shard; /* of the statement that opened it, the thread's share; NULL: unknown */
    /* The share of the last write since it began, or that was sent behind its beginning, and whose it is; NULL: none. */
    struct group_shard *wrote;
    struct thread *wrote_in;
    uint64_t since, busy;       /* ticks; the thread's ticks in its databases at that moment */
    struct open_record *record; /* where the recording says that it is open (evidence/open_transaction.h); NULL: it does not */
    /* Rows that it read from this episode of the thread's on are those of what it does now; 0: unknown. */
    uint32_t busy_from, busy_unit;
    struct thread *busy_thread; /* that gave it something to do */
    bool is_busy;
    bool
        ends_unseen; /* with the connection, which nobody sees closed: how long it is open is known only when it ends by itself */
};

static inline bool transaction_is_open(const struct transaction *transaction)
{
    return (transaction->serial & 1) != 0;
}

/* One begins, or it ends; shard may be NULL. */
void transaction_opened(struct thread *thread, struct transaction *transaction, struct group_shard *shard);
void transaction_closed(struct thread *thread, struct transaction *transaction);

/* All but the usual case of probe_busy. others: at least one other connection of the thread is busy. */
COLD void transaction_busy(struct thread *thread, struct transaction *transaction, bool others);

#endif
