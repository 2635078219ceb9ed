/* A statement as a collector keeps it between two executions. */
#ifndef NPLUS1_AGENT_PROBE_PREPARED_H
#define NPLUS1_AGENT_PROBE_PREPARED_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/statement/statement.h"

struct database;
struct group_shard;
struct stack_memo;
struct thread;
struct transaction;

/* A prepared statement or a command, in the collector's own memory, zeroed when it is new; database and transaction are set by
 * the collector. */
struct probe_statement {
    struct database *database;
    struct transaction *transaction; /* of the connection */
    bool fresh;                      /* prepared, and not executed yet */
    /* The last execution's stack and group, which are mostly those of the next one. */
    struct thread *memo_thread; /* NULL: none */
    const struct stack_memo *memo;
    struct group_shard *memo_shard;
    uint32_t memo_stack;
    uint64_t memo_vm;           /* what told the stack in a language VM; 0: nothing did */
    struct statement_text text; /* at the end: its slots need not be zeroed */
};

#endif
