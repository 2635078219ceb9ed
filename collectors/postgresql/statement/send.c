/* Which statement a command executes, with which values.
 *
 * PREPARE and DEALLOCATE, sent as SQL, are executions of their own, like every statement; names that a program makes up anew each
 * time would make a statement of each, so the name does not count. EXECUTE is an execution of what was prepared.
 */
#include "collectors/postgresql/statement/send.h"

#include <errno.h>
#include <string.h>

#include "agent/base/memory.h"
#include "agent/base/strbuf.h"
#include "agent/sql/split.h"
#include "collectors/postgresql/statement/datum.h"
#include "collectors/postgresql/state/prepared.h"
#include "collectors/postgresql/statement/sql.h"

#define TEXT_MAX       2048  /* bytes of a text that is put together */
#define PARAMETERS_MAX 65535 /* libpq refuses more (PQ_QUERY_PARAM_MAX_LIMIT in libpq-fe.h) */

/* Of parameters that are all text, as most are. Returns how many it has bound: one that may be an array ends it. */
static inline int bind_plain(const struct pq_parameters *parameters, struct values *ret)
{
    int i;

    for (i = 0; i < parameters->count; i++) {
        const char *value = parameters->values[i];
        size_t length;

        if (unlikely(!value) || unlikely(*value == '{'))
            break;
        length = strlen(value);
        if (unlikely(length > PQ_DATUM_MAX))
            break;
        values_bind(ret, (unsigned)i, value_hash_text(value, length));
    }
    return i;
}

/* Hashes the parameters; returns the elements of the longest array among them. */
static uint32_t bind_parameters(const struct pq_parameters *parameters, const unsigned *types, struct values *ret)
{
    uint32_t longest = 0;

    if (!parameters->values || parameters->count > PARAMETERS_MAX)
        return 0;
    for (int i = parameters->formats || parameters->sized ? 0 : bind_plain(parameters, ret); i < parameters->count; i++) {
        const char *value = parameters->values[i];
        bool binary = value && parameters->formats && parameters->formats[i] != 0; /* then no NUL need stand behind it */
        unsigned type = parameters->types ? parameters->types[i] : types && i < VALUES_FOLLOWED ? types[i] : 0;
        size_t length = 0;
        uint32_t elements;

        if (value && !binary) {
            length = parameters->sized ? (size_t)parameters->lengths[i] : strlen(value);
            values_bind(ret, (unsigned)i,
                        length <= PQ_DATUM_MAX ? value_hash_text(value, length) : pq_datum_hash(type, false, value, length));
            if (likely(length == 0 || *value != '{'))
                continue;
        } else if (binary && (!parameters->lengths || parameters->lengths[i] < 0)) {
            continue; /* libpq refuses it */
        } else {
            length = value ? (size_t)parameters->lengths[i] : 0;
            values_bind(ret, (unsigned)i, pq_datum_hash(type, binary, value, length));
        }
        elements = pq_datum_elements(type, binary, value, length);
        if (elements > longest)
            longest = elements;
    }
    return longest;
}

static bool mentions(const struct statement *statement, const char *word)
{
    return memmem(statement->text, statement->text_length, word, strlen(word)) != NULL;
}

/* An array of several elements is a list where the statement takes it apart: = ANY($1), unnest($1). */
static inline void note_elements(struct probe_statement *statement, uint32_t elements)
{
    const struct statement *text = statement->text.statement;

    if (statement->text.list_max <= 1)
        statement->text.special &= ~(uint32_t)STATEMENT_BATCHED; /* as its last array had it */
    if (elements > 1 && text && (mentions(text, "any") || mentions(text, "unnest")))
        statement->text.special |= STATEMENT_BATCHED;
}

static void set_text(struct thread *thread, struct probe_statement *statement, const char *prefix, const char *sql, size_t length)
{
    char text[TEXT_MAX];
    struct strbuf out;

    strbuf_init(&out, text, sizeof text);
    strbuf_add(&out, prefix);
    strbuf_add_bytes(&out, sql, length);
    probe_text(thread, statement, text, out.length);
}

/* The literals of EXECUTE name(10, 'a') are the values of $1, $2. */
static void bind_literals(const struct statement_text *text, struct values *ret)
{
    for (uint32_t i = 0; i < text->slot_count; i++)
        values_bind(ret, i, text->slots[i].value);
}

/* A statement that has to do with names; *statement has its own text so far. */
static COLD void resolve_name(struct thread *thread, struct pq_connection *connection, const char *sql, size_t length,
                              struct pq_statement *ret)
{
    struct pq_prepared *prepared;
    struct pq_sql parsed;

    pq_sql_parse(sql, length, &parsed);
    switch (parsed.kind) {
    case PQ_SQL_PREPARE:
        ret->effect.prepared = pq_prepared_add(thread, connection, parsed.name, parsed.body, parsed.length, 0, NULL);
        if (ret->effect.prepared)
            ret->effect.kind = PQ_EFFECT_PREPARE;
        set_text(thread, &ret->statement, "prepare ? as ", parsed.body, parsed.length);
        break;
    case PQ_SQL_EXECUTE:
        bind_literals(&ret->statement.text, &ret->values);
        prepared = pq_prepared_find(connection, parsed.name);
        if (prepared) {
            ret->statement.text = prepared->statement.text;
            ret->statement.fresh = prepared->statement.fresh;
            prepared->statement.fresh = false;
        } else
            set_text(thread, &ret->statement, "execute ?", parsed.body, parsed.length);
        break;
    case PQ_SQL_DEALLOCATE:
        ret->effect.kind = PQ_EFFECT_DROP;
        ret->effect.name = parsed.name;
        set_text(thread, &ret->statement, "deallocate ?", "", 0);
        break;
    case PQ_SQL_DEALLOCATE_ALL:
        ret->effect.kind = PQ_EFFECT_DROP_ALL;
        break;
    case PQ_SQL_PLAIN:
        break;
    }
}

/* Savepoints open and close nothing: PostgreSQL has them inside of a transaction only. Returns ret. */
static struct pq_effect *resolve_transaction(const struct statement *statement, struct pq_effect *ret)
{
    *ret = (struct pq_effect){0};
    if (!statement)
        return ret;
    if (statement->verb == SQL_BEGIN)
        ret->kind = PQ_EFFECT_BEGIN;
    else if (statement->verb == SQL_COMMIT || (statement->verb == SQL_ROLLBACK && !mentions(statement, " to ")))
        ret->kind = PQ_EFFECT_COMMIT;
    return ret;
}

static void resolve(struct thread *thread, struct pq_connection *connection, const char *sql, size_t length,
                    struct pq_statement *ret)
{
    if (ret->statement.text.special & STATEMENT_NAMES)
        resolve_name(thread, connection, sql, length, ret);
    else if (ret->statement.text.special & STATEMENT_TRANSACTION)
        resolve_transaction(ret->statement.text.statement, &ret->effect);
}

/* A text of several statements: those behind the first are kept until their results come. *first has the whole text so far. */
static COLD void resolve_all(struct thread *thread, struct pq_connection *connection, const char *sql, size_t length,
                             struct pq_statement *first, struct pq_command *command)
{
    uint32_t most = first->statement.text.statements - 1, count = 0;
    size_t size = most * sizeof(struct pq_statement), statement_length;
    struct pq_statement *more = command ? memory_map(size) : NULL;
    struct pq_statement *at = first;
    const char *statement;

    while (count <= most && split_next(pq_connection_escapes(connection) == 1, &sql, &length, &statement, &statement_length)) {
        at->statement.database = connection->database;
        at->statement.transaction = &connection->transaction;
        probe_text(thread, &at->statement, statement, statement_length);
        resolve(thread, connection, statement, statement_length, at);
        if (!more)
            break;
        at = more + count++;
    }
    if (!command)
        return;
    command->more = more;
    command->more_size = size;
    command->more_count = count > 0 ? count - 1 : 0;
    command->more_left_out = !more;
    command->has_written = first->statement.text.special & STATEMENT_WRITES;
}

static HOT void begin(struct thread *thread, struct pq_command *command, struct probe_statement *statement,
                      const struct values *values, const struct pq_effect *effect, const uintptr_t *slot)
{
    struct probe_execution untracked;
    struct group_shard *shard;

    if (command)
        probe_since(thread, command->since);
    shard = probe_begin(thread, command ? &command->execution : &untracked, statement, values, slot);

    if (likely(command))
        pq_command_captures(command, shard, statement, values);
    if (!effect || effect->kind == PQ_EFFECT_NONE)
        return;
    if (command)
        command->effect = *effect;
    else if (effect->kind == PQ_EFFECT_PREPARE)
        pq_prepared_agreed(effect->prepared); /* nobody will tell */
}

/* The command has begun. */
static void note_write(struct thread *thread, struct pq_connection *connection, struct pq_command *command,
                       const struct probe_statement *statement)
{
    if (!(statement->text.special & STATEMENT_WRITES))
        return;
    if (unlikely(connection->writes_in_pipeline) && command)
        probe_pipelined(thread, command->execution.shard);
    connection->writes_in_pipeline = true;
}

/* A statement that writes, begins or ends a transaction: apart, so that one that reads makes one test. */
#define IS_SPECIAL (STATEMENT_TRANSACTION | STATEMENT_WRITES)

static NOINLINE void begin_special(struct thread *thread, struct pq_connection *connection, struct pq_command *command,
                                   struct probe_statement *statement, const struct values *values, const uintptr_t *slot)
{
    struct pq_effect effect, *has = NULL;

    if (unlikely(statement->text.special & STATEMENT_TRANSACTION))
        has = resolve_transaction(statement->text.statement, &effect);
    begin(thread, command, statement, values, has, slot);
    note_write(thread, connection, command, statement);
}

/* A text of several statements, or one that names or changes others. */
static COLD void send_unusual(struct thread *thread, struct pq_connection *connection, const uintptr_t *slot,
                              struct pq_command *command, const char *sql, size_t length, bool extended,
                              const struct pq_bound *bound)
{
    struct pq_statement first = {.statement = {.database = connection->database, .transaction = &connection->transaction}};

    probe_text(thread, &first.statement, sql, length);
    if (probe_is_empty(&first.statement)) { /* PGRES_EMPTY_QUERY will be the answer */
        if (command)
            command->kind = PQ_MESSAGE;
        return;
    }
    if (first.statement.text.statements > 1 && !extended)
        resolve_all(thread, connection, sql, length, &first, command);
    else
        resolve(thread, connection, sql, length, &first);
    if (extended) {
        if (bound->values.all || bound->values.more) /* else those of an EXECUTE's own text */
            first.values = bound->values;
        note_elements(&first.statement, bound->elements);
    }
    begin(thread, command, &first.statement, &first.values, &first.effect, slot);
    note_write(thread, connection, command, &first.statement);
}

void pq_text_look(struct thread *thread, struct pq_connection *connection, const char *sql, size_t length, struct pq_text *ret)
{
    thread->speaks = connection;
    ret->statement = probe_known_text(thread, connection->database, &connection->transaction, sql, length);
    ret->found = thread->texts_found;
    ret->thread = thread;
}

void pq_bind_text(struct thread *thread, struct pq_connection *connection, const char *sql,
                  const struct pq_parameters *parameters, struct pq_bound *ret)
{
    thread->speaks = connection;
    ret->statement = probe_known_text(thread, connection->database, &connection->transaction, sql, strlen(sql));
    ret->found = thread->texts_found;
    ret->values = (struct values){0};
    ret->elements = parameters ? bind_parameters(parameters, NULL, &ret->values) : 0;
    if (likely(ret->statement != NULL))
        probe_expect(ret->statement, &ret->values);
}

static inline __attribute__((always_inline)) void send_text(struct thread *thread, struct pq_connection *connection,
                                                            struct pq_command *command, const uintptr_t *slot, const char *sql,
                                                            bool extended, struct pq_bound *bound)
{
    if (unlikely(!bound->statement) || unlikely(bound->statement->text.statements != 1) ||
        unlikely(bound->statement->text.special & STATEMENT_NAMES)) {
        send_unusual(thread, connection, slot, command, sql, strlen(sql), extended, bound);
        return;
    }
    if (extended)
        note_elements(bound->statement, bound->elements);
    if (unlikely(bound->statement->text.special & IS_SPECIAL))
        begin_special(thread, connection, command, bound->statement, &bound->values, slot);
    else
        begin(thread, command, bound->statement, &bound->values, NULL, slot);
}

void pq_send_text(struct thread *thread, struct pq_connection *connection, struct pq_command *command, const uintptr_t *slot,
                  const char *sql, const struct pq_parameters *parameters, struct pq_bound *bound)
{
    if (unlikely(!probe_is_known_still(thread, bound->found)))
        pq_bind_text(thread, connection, sql, parameters, bound);
    send_text(thread, connection, command, slot, sql, parameters != NULL, bound);
}

HOT void pq_send_text_bound(struct thread *thread, struct pq_connection *connection, struct pq_command *command,
                            const uintptr_t *slot, const char *sql, struct pq_bound *bound)
{
    struct pq_text text = {bound->thread, bound->statement, bound->found};

    pq_text_find(thread, connection, sql, strlen(sql), &text);
    bound->statement = text.statement;
    send_text(thread, connection, command, slot, sql, true, bound);
}

/* A name that was prepared where we did not see it. */
static COLD void begin_unknown(struct thread *thread, struct pq_connection *connection, struct pq_command *command,
                               const struct values *values, const uintptr_t *slot)
{
    struct probe_statement unknown = {.database = connection->database, .transaction = &connection->transaction};

    set_text(thread, &unknown, "execute ?", "", 0);
    begin(thread, command, &unknown, values, NULL, slot);
}

void pq_bind_prepared(struct pq_connection *connection, const char *name, const struct pq_parameters *parameters,
                      struct pq_bound *ret)
{
    struct pq_prepared *prepared = pq_prepared_find(connection, pq_sql_name(name, strlen(name)));

    ret->statement = prepared ? &prepared->statement : NULL;
    ret->found = pq_prepared_changes;
    ret->values = (struct values){0};
    ret->elements = bind_parameters(parameters, prepared ? prepared->types : NULL, &ret->values);
    if (likely(prepared))
        probe_expect(&prepared->statement, &ret->values);
}

static inline __attribute__((always_inline)) void send_prepared(struct thread *thread, struct pq_connection *connection,
                                                                struct pq_command *command, const uintptr_t *slot,
                                                                struct probe_statement *statement, const struct pq_bound *bound)
{
    if (unlikely(!statement)) {
        begin_unknown(thread, connection, command, &bound->values, slot);
        return;
    }
    note_elements(statement, bound->elements);
    if (unlikely(statement->text.special & IS_SPECIAL))
        begin_special(thread, connection, command, statement, &bound->values, slot);
    else
        begin(thread, command, statement, &bound->values, NULL, slot);
}

HOT void pq_send_prepared_bound(struct thread *thread, struct pq_connection *connection, struct pq_command *command,
                                const uintptr_t *slot, struct probe_statement *statement, const struct pq_bound *bound)
{
    send_prepared(thread, connection, command, slot, statement, bound);
}

void pq_send_prepared(struct thread *thread, struct pq_connection *connection, struct pq_command *command, const uintptr_t *slot,
                      const char *name, const struct pq_parameters *parameters, struct pq_bound *bound)
{
    if (unlikely(bound->found != pq_prepared_changes)) /* by a result that came in between */
        pq_bind_prepared(connection, name, parameters, bound);
    send_prepared(thread, connection, command, slot, bound->statement, bound);
}

void pq_pending_begin(struct thread *thread, struct pq_connection *connection)
{
    struct pq_pending *pending = &connection->pending;
    int saved_errno = errno;
    bool is_there = pending->is_there;
    struct pq_command *command;
    struct pq_bound bound;

    pending->is_there = false;
    if (!is_there || !thread)
        return;
    command = pq_command_add(connection, PQ_EXECUTION, pending->since);
    connection->sync = command;
    if (pending->sql) {
        pq_bind_text(thread, connection, pending->sql, pending->parameters, &bound);
        pq_send_text(thread, connection, command, pending->slot, pending->sql, pending->parameters, &bound);
    } else {
        pq_bind_prepared(connection, pending->name, pending->parameters, &bound);
        pq_send_prepared(thread, connection, command, pending->slot, pending->name, pending->parameters, &bound);
    }
    errno = saved_errno;
}

/* The fast-path interface has no SQL: its statement is the call of that function. */
struct pq_command *pq_send_function(struct thread *thread, struct pq_connection *connection, const uintptr_t *slot,
                                    uint64_t since, uint32_t function, const struct values *arguments)
{
    struct pq_command *command = pq_command_add(connection, PQ_EXECUTION, since);
    struct probe_statement statement = {.database = connection->database, .transaction = &connection->transaction};
    char text[32];
    struct strbuf out;

    strbuf_init(&out, text, sizeof text);
    strbuf_add_number(&out, function);
    set_text(thread, &statement, "PQfn ", text, out.length);
    begin(thread, command, &statement, arguments, NULL, slot);
    return command;
}

struct pq_command *pq_send_prepare(struct thread *thread, struct pq_connection *connection, uint64_t since, const char *name,
                                   const char *sql, int count, const unsigned *types)
{
    struct pq_command *command = pq_command_add(connection, PQ_MESSAGE, since);
    struct pq_prepared *prepared = pq_prepared_add(thread, connection, pq_sql_name(name, strlen(name)), sql, strlen(sql), count,
                                                   types);

    if (prepared && command) {
        command->effect.kind = PQ_EFFECT_PREPARE;
        command->effect.prepared = prepared;
    } else if (prepared) {
        pq_prepared_agreed(prepared);
    }
    return command;
}

struct pq_command *pq_send_close(struct pq_connection *connection, uint64_t since, const char *name)
{
    struct pq_command *command = pq_command_add(connection, PQ_MESSAGE, since);

    if (command) {
        command->effect.kind = PQ_EFFECT_DROP;
        command->effect.name = pq_sql_name(name, strlen(name));
    }
    return command;
}
