#include "agent/probe/probe.h"

#include <errno.h>

#include "agent/probe/front.h"
#include "agent/probe/text_cache.h"
#include "agent/sql/dialect.h"
#include "agent/stack/walker.h"

struct database *probe_open(struct thread *thread, enum database_system system, const char *name, const char *host)
{
    int saved_errno = errno;
    int32_t read_descriptor = thread->read_descriptor;
    struct group_shard *last_shard = thread->last_shard;
    struct database *database;

    walkers_start();
    front_look();
    thread->read_descriptor = read_descriptor; /* a walker that tries itself may read, see stack_bounds.c */
    thread->last_shard = last_shard;
    database = database_intern(system, name, host);
    errno = saved_errno;
    return database;
}

void probe_on_doubt(int (*escapes)(const void *connection))
{
    statement_on_doubt(escapes);
}

void probe_text(struct thread *thread, struct probe_statement *statement, const char *sql, size_t length)
{
    const struct sql_dialect *dialect = statement->database ? statement->database->dialect : &dialect_generic;
    const struct probe_statement *known = text_find(thread, dialect, sql, length);

    if (likely(known != NULL))
        statement_text_copy(&statement->text, &known->text);
    else
        statement_lex(thread, dialect, sql, length, hash_bytes(sql, length, value_salt), &statement->text);
    statement->memo_thread = NULL;
}

struct probe_statement *probe_known_text(struct thread *thread, struct database *database, struct transaction *transaction,
                                         const char *sql, size_t length)
{
    struct probe_statement *known = text_find(thread, database ? database->dialect : &dialect_generic, sql, length);

    if (unlikely(!known))
        return NULL;
    if (unlikely(known->database != database)) {
        known->database = database;
        known->memo_thread = NULL;
    }
    known->transaction = transaction;
    return known;
}

/* vm: what tells the stack in a VM; 0: nothing does. */
static NOINLINE struct group_shard *find_group(struct thread *thread, struct probe_statement *statement, const uintptr_t *slot,
                                               uint64_t vm)
{
    const struct stack_memo *memo = &stack_no_memo;
    uint32_t stack = walkers_have_vm() ? stack_capture_vm(thread, vm) : 0;
    struct group_shard *shard;

    if (!stack)
        memo = stack_capture(thread, slot, statement->text.statement, &stack);
    if (statement->memo_thread == thread && statement->memo_stack == stack)
        shard = statement->memo_shard;
    else
        shard = group_find(thread, statement->text.statement, stack, statement->database);
    statement->memo_thread = shard ? thread : NULL;
    statement->memo = memo;
    statement->memo_shard = shard;
    statement->memo_stack = stack;
    statement->memo_vm = memo == &stack_no_memo ? vm : 0;
    if (statement->fresh)
        probe_prepared(statement, shard);
    if (!shard)
        recording_left_out(STATUS_LEFT_OUT_EXECUTIONS, 1);
    return shard;
}

HOT struct group_shard *probe_find_group(struct thread *thread, struct probe_statement *statement, const uintptr_t *slot)
{
    uint64_t vm = 0;

    if (walkers_have_vm()) {
        if (unlikely(!walkers_identify_vm(&vm)))
            vm = 0;
        else if (likely(statement->memo_vm == vm) && likely(statement->memo_thread == thread) && likely(vm != 0))
            return statement->memo_shard;
    }
    return find_group(thread, statement, slot, vm);
}

static void count_lists(struct group_shard *shard, const struct statement_text *text, const struct values *values)
{
    struct group_lists lists = {.whole = text->slot_count == text->slots_in_all};
    uint64_t listed = 0, others = 0;
    bool several = (text->special & STATEMENT_BATCHED) != 0;

    for (uint32_t slot = 0; slot < text->slot_count && !several && text->list_values >> slot; slot++)
        several = (text->list_values >> slot & 1) && value_is_list(values_of_slot(values, text, slot));
    if (!several) /* lists of one */
        return;
    for (uint32_t slot = 0; slot < text->slot_count && text->listed; slot++) {
        uint64_t *hash = text->listed >> slot & 1 ? &listed : &others;

        *hash = hash_mix(*hash, values_of_slot(values, text, slot));
        lists.whole = lists.whole && text->slots[slot].parameter <= VALUES_FOLLOWED;
    }
    lists.listed = (uint32_t)(listed >> 32);
    lists.others = (uint32_t)(others >> 32);
    group_count_batched(shard, &lists);
}

static void count_ranges(struct thread *thread, struct group_shard *shard, const struct statement_text *text,
                         const struct values *values)
{
    uint64_t ends[2];
    uint32_t count = 0;

    for (uint32_t slot = 0; slot < text->slot_count && text->range_ends >> slot && count < 2; slot++) {
        if (text->range_ends >> slot & 1)
            ends[count++] = values_of_slot(values, text, slot);
    }
    if (count == 2 && ends[0] != VALUE_NULL && ends[1] != VALUE_NULL && !value_is_integer(ends[0]) && !value_is_integer(ends[1]))
        group_count_text_range(thread, shard, ends);
}

void probe_look_at_values(struct thread *thread, struct group_shard *shard, const struct statement_text *text,
                          const struct values *values)
{
    if (text->special & (STATEMENT_BATCHED | STATEMENT_LIST_VALUES))
        count_lists(shard, text, values);
    else if ((text->special & STATEMENT_RANGES) && !text->listed) /* range_ends stand where lists would */
        count_ranges(thread, shard, text, values);
    if (text->special & STATEMENT_SKIPS)
        group_count_offset(thread, shard, values_of_slot(values, text, text->offset_slot));
}

void probe_pipelined(struct thread *thread, struct group_shard *shard)
{
    uint64_t *facts = shard ? group_facts(thread, shard) : NULL;

    if (facts)
        *counters_word(facts, FACT_PIPELINED) += 1;
}

struct group_shard *probe_begin_next(struct thread *thread, struct probe_execution *execution, struct probe_statement *statement,
                                     const struct values *values)
{
    struct group_shard *shard = probe_shard(thread, execution);

    if (shard)
        shard = group_find(thread, statement->text.statement, shard->group->stack, statement->database);
    execution->thread = thread;
    execution->source = NULL;
    execution->shard = NULL;
    if (shard)
        return probe_begin_in(thread, execution, shard, statement, values);
    recording_left_out(STATUS_LEFT_OUT_EXECUTIONS, 1);
    return NULL;
}

struct group_shard *probe_shard_elsewhere(struct thread *thread, struct probe_execution *execution)
{
    execution->source = NULL; /* of the other thread */
    if (!execution->thread || probe_is_of_parent(execution) || !execution->shard || !thread->alive)
        return NULL;
    execution->shard = group_share(thread, execution->shard->group);
    execution->thread = thread;
    return execution->shard;
}

struct source *probe_capture(struct thread *thread, struct probe_execution *execution, const struct source_given *given)
{
    execution->source = provenance_capture(thread, execution->shard, given);
    if (execution->source)
        execution->episode = execution->source->episode;
    return execution->source;
}
