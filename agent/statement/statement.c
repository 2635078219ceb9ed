#include "agent/statement/statement.h"

#include <stdatomic.h>
#include <string.h>

#include "agent/base/table.h"
#include "agent/sql/dialect.h"
#include "agent/sql/facts/comparison.h"
#include "agent/sql/fingerprint.h"
#include "agent/recording/recording.h"
#include "agent/unit/scope.h"
#include "agent/process/settings.h"
#include "agent/process/thread.h"
#include "agent/value/value.h"

#define EXAMPLE_MAX 4096 /* bytes of an example that are kept */
#define COPY_IN     " from stdin"

static struct table statements = TABLE_INIT_DISCARDING; /* fingerprint -> struct statement, written under recording_lock */
static uint32_t last_id;

/* Two texts with one 64-bit fingerprint are taken for one statement. Table keys 0 and 1 are reserved. */
static uint64_t key_of(uint64_t fingerprint)
{
    return fingerprint > TABLE_DELETED ? fingerprint : fingerprint + 2;
}

static void keep_example(struct statement *statement, const char *sql, size_t length)
{
    char *copy;

    if (length > EXAMPLE_MAX)
        length = EXAMPLE_MAX;
    copy = pool_alloc(&recording_pool, length);
    if (!copy)
        return;
    memcpy(copy, sql, length);
    statement->example = copy;
    statement->example_length = (uint32_t)length;
}

static bool may_return(const struct fingerprint *fp)
{
    switch (fp->verb) {
    case SQL_INSERT:
    case SQL_UPDATE:
    case SQL_DELETE:
    case SQL_MERGE:
        return fp->length > fp->text_length || memmem(fp->text, fp->text_length, "returning", strlen("returning"));
    case SQL_BEGIN:
    case SQL_COMMIT:
    case SQL_ROLLBACK:
    case SQL_SAVEPOINT:
    case SQL_RELEASE:
        return false;
    default:
        return true;
    }
}

static struct statement *intern(const struct fingerprint *fp, const char *sql, size_t length)
{
    struct statement *statement = table_get(&statements, key_of(fp->hash));

    if (likely(statement != NULL))
        return statement;
    lock_take(&recording_lock);
    statement = table_get(&statements, key_of(fp->hash));
    if (!statement) {
        if (table_reserve(&statements))
            statement = pool_alloc(&recording_pool, sizeof *statement + fp->text_length + 1);
        if (statement) {
            statement->fingerprint = fp->hash;
            statement->verb = fp->verb;
            statement->has_limit = fp->has_limit;
            statement->has_offset = fp->has_offset;
            facts_compute(fp, &statement->facts);
            statement->returns = may_return(fp);
            statement->text_length = (uint32_t)fp->text_length;
            statement->length = fp->length;
            memcpy(statement->text, fp->text, fp->text_length);
            if (settings.capture_values)
                keep_example(statement, sql, length);
            table_put(&statements, key_of(fp->hash), statement);
        }
    }
    lock_release(&recording_lock);
    return statement;
}

static uint32_t specials(const struct fingerprint *fp, uint32_t list_max)
{
    uint32_t special = 0;

    if (list_max > 1)
        special |= STATEMENT_BATCHED;
    /* Many rows of VALUES are what an INSERT should have, and an array is what a large list should be. */
    if (fp->list_max > STATEMENT_LARGE && !memmem(fp->text, fp->text_length, "array[", strlen("array[")))
        special |= STATEMENT_LARGE_LIST;
    if (fp->tags_length)
        special |= STATEMENT_TAGGED;
    switch (fp->verb) {
    case SQL_INSERT:
    case SQL_UPDATE:
    case SQL_DELETE:
    case SQL_MERGE:
        return special | STATEMENT_WRITES;
    case SQL_COPY:
        return memmem(fp->text, fp->text_length, COPY_IN, strlen(COPY_IN)) ? special | STATEMENT_WRITES : special;
    case SQL_BEGIN:
    case SQL_COMMIT:
    case SQL_ROLLBACK:
    case SQL_SAVEPOINT:
    case SQL_RELEASE:
        return special | STATEMENT_TRANSACTION;
    case SQL_PREPARE:
    case SQL_EXECUTE:
    case SQL_DEALLOCATE:
    case SQL_DISCARD:
        return special | STATEMENT_NAMES;
    default:
        return special;
    }
}

static bool has_marked(const struct sql_facts *facts)
{
    return facts->list_values || facts->range_ends || facts->key_page || facts->offset != FACTS_NO_MARK;
}

/* The facts about marks, for the slots of this text. */
static void set_marked(struct statement_text *ret)
{
    const struct sql_facts *facts = &ret->statement->facts;
    uint8_t marks[STATEMENT_SLOTS];

    facts_marks(ret->slots, ret->slot_count, marks);
    for (uint32_t i = ret->slot_count; i-- > 0;) {
        if (marks[i] < FINGERPRINT_LITERALS && (facts->list_values >> marks[i] & 1))
            ret->list_values |= UINT32_C(1) << i;
        if (marks[i] < FINGERPRINT_LITERALS && (facts->range_ends >> marks[i] & 1))
            ret->range_ends |= UINT32_C(1) << i;
        if (facts->key_page && marks[i] == facts->key)
            ret->key_slot = i;
        if (marks[i] != FACTS_NO_MARK && marks[i] == facts->offset)
            ret->offset_slot = i;
    }
    ret->listed |= ret->list_values;
}

static int (*_Atomic asks_escapes)(const void *connection);

void statement_on_doubt(int (*escapes)(const void *connection))
{
    atomic_store_explicit(&asks_escapes, escapes, memory_order_relaxed);
}

/* A plain string has a backslash before a quote: only a setting of the connection says where it ends. */
static COLD void decide_doubt(struct thread *thread, const struct sql_dialect *dialect, const char *sql, size_t length)
{
    int (*ask)(const void *) = atomic_load_explicit(&asks_escapes, memory_order_relaxed);
    int escapes = ask && thread->speaks && dialect->known ? ask(thread->speaks) : -1;

    if (escapes >= 0)
        fingerprint_compute(&dialect->known[!escapes], sql, length, &thread->scratch);
}

void statement_lex(struct thread *thread, const struct sql_dialect *dialect, const char *sql, size_t length, uint64_t text_hash,
                   struct statement_text *ret)
{
    struct fingerprint *fp = &thread->scratch;
    bool has_literal = false;

    fingerprint_compute(dialect, sql, length, fp);
    if (unlikely(fp->doubtful))
        decide_doubt(thread, dialect, sql, length);
    ret->statement = intern(fp, sql, length);
    ret->list_max = fp->list_max > fp->rows_max ? fp->list_max : fp->rows_max;
    ret->special = specials(fp, ret->list_max);
    ret->trace = 0;
    ret->scope = fp->tags_length ? scope_of_tags(fp->tags, fp->tags_length, &ret->trace) : NULL;
    ret->statements = fp->statements;
    ret->literals = 0;
    for (uint32_t i = 0; i < fp->slots_kept; i++) {
        if (fp->slots[i].parameter)
            continue;
        has_literal = true;
        ret->literals = hash_mix(ret->literals, fp->slots[i].value);
    }
    if (fp->slot_count > fp->slots_kept) /* the values of some were not kept: the text stands for them */
        ret->literals = text_hash;
    else if (!has_literal)
        ret->literals = STATEMENT_NO_LITERALS;
    else if (ret->literals == 0)
        ret->literals = 1;
    ret->slots_in_all = fp->slot_count;
    ret->listed = fp->listed & ((1U << STATEMENT_SLOTS) - 1);
    ret->slot_count = fp->slots_kept < STATEMENT_SLOTS ? fp->slots_kept : STATEMENT_SLOTS;
    memcpy(ret->slots, fp->slots, ret->slot_count * sizeof ret->slots[0]);
    ret->list_values = ret->range_ends = 0;
    ret->key_slot = ret->offset_slot = STATEMENT_SLOTS;
    if (!ret->statement)
        return;
    if (has_marked(&ret->statement->facts))
        set_marked(ret);
    if (ret->offset_slot < STATEMENT_SLOTS)
        ret->special |= STATEMENT_SKIPS;
    if (ret->range_ends)
        ret->special |= STATEMENT_RANGES;
    if (ret->list_values)
        ret->special |= STATEMENT_LIST_VALUES;
    if (ret->statement->facts.dequeue)
        ret->special |= STATEMENT_DEQUEUES;
    if (ret->statement->facts.session)
        ret->special |= STATEMENT_SESSION;
}

/* Where the names stand, by a hash of the statement and the ? there: a child is compared with many columns. The words of one
 * place fit together only when one writer wrote both: any thread reads and writes. */
#define COLUMNS     256 /* 4 KiB */
#define COLUMN_BITS 32  /* of the start, above those of the length, which counts from 1 */
static struct {
    _Atomic uint64_t check, name; /* the hash xor the name */
} columns[COLUMNS];

static size_t find_column(const struct statement *statement, uint32_t at, size_t *ret_start)
{
    uint64_t key = hash_mix((uintptr_t)statement, at), name;
    size_t place = key % COLUMNS, start = 0, length;

    name = atomic_load_explicit(&columns[place].name, memory_order_relaxed);
    if (!name || (atomic_load_explicit(&columns[place].check, memory_order_relaxed) ^ name) != key) {
        length = comparison_find(statement->text, statement->text_length, at, &start);
        name = (uint64_t)start << COLUMN_BITS | (length + 1);
        atomic_store_explicit(&columns[place].name, name, memory_order_relaxed);
        atomic_store_explicit(&columns[place].check, key ^ name, memory_order_relaxed);
    }
    *ret_start = name >> COLUMN_BITS;
    return (uint32_t)name - 1;
}

size_t statement_slot_column(const struct statement_text *text, uint32_t slot, char *ret, size_t size)
{
    size_t start, length;

    if (!text->statement || slot >= text->slot_count || text->slots[slot].at == 0)
        return 0;
    length = find_column(text->statement, text->slots[slot].at, &start);
    if (length == 0 || length >= size)
        return 0;
    memcpy(ret, text->statement->text + start, length);
    ret[length] = 0;
    return length;
}

uint32_t statement_facts(const struct statement *statement)
{
    const struct sql_facts *facts = &statement->facts;

    return (facts->key_page ? NPLUS1__STATEMENT_FACT__FACT_KEY_PAGE : 0U) |
           (facts->range ? NPLUS1__STATEMENT_FACT__FACT_RANGE : 0U) |
           (facts->no_table ? NPLUS1__STATEMENT_FACT__FACT_NO_TABLE : 0U) |
           (facts->function_call ? NPLUS1__STATEMENT_FACT__FACT_FUNCTION_CALL : 0U) |
           (facts->dequeue ? NPLUS1__STATEMENT_FACT__FACT_DEQUEUE : 0U) |
           (facts->session ? NPLUS1__STATEMENT_FACT__FACT_SESSION : 0U) |
           (facts->schema_query ? NPLUS1__STATEMENT_FACT__FACT_SCHEMA : 0U) |
           (statement->has_limit ? NPLUS1__STATEMENT_FACT__FACT_LIMIT : 0U) |
           (statement->has_offset ? NPLUS1__STATEMENT_FACT__FACT_OFFSET : 0U) |
           (facts->list_values ? NPLUS1__STATEMENT_FACT__FACT_LIST_VALUE : 0U) |
           (facts->joins_to_one ? NPLUS1__STATEMENT_FACT__FACT_JOINS_TO_ONE : 0U);
}

uint32_t statement_record(struct statement *statement)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Statement message = NPLUS1__STATEMENT__INIT;

    if (statement->generation == recording_generation)
        return statement->id;
    message.has_id = message.has_fingerprint = message.has_text = message.has_length = message.has_verb = true;
    message.id = last_id + 1;
    message.fingerprint = statement->fingerprint;
    message.text.data = (uint8_t *)statement->text;
    message.text.len = statement->text_length;
    message.length = statement->length;
    message.verb = (Nplus1__Verb)statement->verb;
    message.has_facts = true;
    message.facts = statement_facts(statement);
    message.has_example = statement->example != NULL;
    message.example.data = (uint8_t *)statement->example;
    message.example.len = statement->example_length;
    record.statement = &message;
    if (!recording_append(&record))
        return 0;
    statement->id = ++last_id;
    statement->generation = recording_generation;
    return statement->id;
}

void statement_reset_after_fork(void)
{
    last_id = 0;
}
