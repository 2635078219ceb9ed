#include "probe.h"

#include <errno.h>

#include "walker.h"

struct database *probe_open(struct thread *thread, enum database_system system, const char *name, const char *host)
{
    int saved_errno = errno;
    struct database *database;

    (void)thread;
    walkers_start();
    database = database_intern(system, name, host);
    errno = saved_errno;
    return database;
}

void probe_text(struct thread *thread, struct probe_statement *statement, const char *sql, size_t length)
{
    statement_lookup(thread, sql, length, &statement->text);
    statement->memo_thread = NULL;
}

static inline uint64_t hash_values(const struct statement_text *text, const struct probe_values *values)
{
    uint64_t hash = text->literals ^ values->more;

    for (uint32_t i = 0; i < values->count; i++)
        hash = hash_mix(hash, values->value[i]);
    return hash;
}

void probe_begin(struct thread *thread, struct probe_execution *execution, struct probe_statement *statement,
                 const struct probe_values *values, const uintptr_t *slot)
{
    uint32_t stack = stack_capture(thread, slot);
    struct group_shard *shard;

    if (likely(statement->memo_thread == thread) && likely(statement->memo_stack == stack)) {
        shard = statement->memo_shard;
    } else {
        shard = group_find(thread, statement->text.statement, stack, statement->database);
        statement->memo_thread = shard ? thread : NULL;
        statement->memo_stack = stack;
        statement->memo_shard = shard;
    }
    thread->sequence++;
    execution->thread = thread;
    execution->shard = shard;
    execution->generation = thread->generation;
    execution->steps = 0;
    if (unlikely(!shard)) {
        recording_left_out(STATUS_LEFT_OUT_EXECUTIONS, 1);
        return;
    }
    group_execute(thread, shard, hash_values(&statement->text, values), statement->text.list_max > 1);
}

struct group_shard *probe_shard_elsewhere(struct thread *thread, struct probe_execution *execution)
{
    /* Begun before a fork: the parent counted it, and its counters are not ours. */
    if (execution->generation != thread->generation || !execution->shard)
        return NULL;
    execution->shard = group_share(thread, execution->shard->group);
    execution->thread = thread;
    return execution->shard;
}
