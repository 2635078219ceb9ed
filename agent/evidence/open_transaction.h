/* Transactions that stay open: one that never ends has to be seen, too, so while it is open a record says so.
 *
 * Belongs to the thread that uses the connection; errno is preserved. What does not fit into the recording is not said.
 */
#ifndef NPLUS1_AGENT_EVIDENCE_OPEN_TRANSACTION_H
#define NPLUS1_AGENT_EVIDENCE_OPEN_TRANSACTION_H

#include <stdbool.h>
#include <stdint.h>

struct group_shard;
struct thread;
struct transaction;

/* A statement of the share is over; a transaction is open now, or none is. Says nothing new most of the time. shard may be NULL.
 */
void open_transaction_now(struct thread *thread, struct transaction *transaction, struct group_shard *shard, bool open);

/* So many ticks did a statement take that ended it if it was open: before that is said. */
void open_transaction_took(struct thread *thread, struct transaction *transaction, uint64_t ticks);

void open_transaction_reset_after_fork(void);

#endif
