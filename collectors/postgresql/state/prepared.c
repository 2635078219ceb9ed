#include "collectors/postgresql/state/prepared.h"

#include "agent/base/memory.h"

static struct table names = TABLE_INIT; /* key -> struct pq_prepared, written under pq_lock */
_Atomic uint32_t pq_prepared_changes;   /* written under pq_lock */
static struct slab slab = {.size = sizeof(struct pq_prepared)};

/* 0 and 1 are reserved; tables look at bits 4 and up. */
static uint64_t key_of(const struct pq_connection *connection, uint64_t name)
{
    return hash_mix(name, connection->serial) | 2;
}

struct pq_prepared *pq_prepared_find(const struct pq_connection *connection, uint64_t name)
{
    return table_get(&names, key_of(connection, name));
}

/* Locked. */
static void free_one(struct pq_prepared *prepared)
{
    *prepared->link = prepared->next;
    if (prepared->next)
        prepared->next->link = prepared->link;
    pq_prepared_changes++;
    slab_give(&slab, prepared);
}

struct pq_prepared *pq_prepared_add(struct thread *thread, struct pq_connection *connection, uint64_t name, const char *sql,
                                    size_t length, int count, const unsigned *types)
{
    uint64_t key = key_of(connection, name);
    struct pq_prepared *prepared;

    if (!lock_take_briefly(&pq_lock))
        return NULL;
    prepared = slab_take(&slab);
    if (prepared) {
        prepared->key = key;
        prepared->pending = true;
        prepared->before = table_get(&names, key);
        if (table_put(&names, key, prepared)) {
            prepared->next = connection->prepared;
            prepared->link = &connection->prepared;
            if (prepared->next)
                prepared->next->link = &prepared->next;
            connection->prepared = prepared;
            pq_prepared_changes++;
        } else {
            slab_give(&slab, prepared);
            prepared = NULL;
        }
    }
    lock_release_brief(&pq_lock);
    if (!prepared)
        return NULL;
    prepared->statement.database = connection->database;
    prepared->statement.transaction = &connection->transaction;
    prepared->statement.fresh = true;
    thread->speaks = connection;
    probe_text(thread, &prepared->statement, sql, length);
    for (int i = 0; types && i < count && i < VALUES_FOLLOWED; i++)
        prepared->types[i] = types[i];
    return prepared;
}

void pq_prepared_agreed(struct pq_prepared *prepared)
{
    prepared->pending = false;
    if (!prepared->before || !lock_take_briefly(&pq_lock))
        return;
    free_one(prepared->before);
    prepared->before = NULL;
    lock_release_brief(&pq_lock);
}

void pq_prepared_refused(struct pq_prepared *prepared)
{
    struct pq_prepared *newest, *later;

    if (!lock_take_briefly(&pq_lock))
        return;
    newest = later = table_get(&names, prepared->key);
    if (newest == prepared) {
        if (prepared->before)
            table_put(&names, prepared->key, prepared->before);
        else
            table_remove(&names, prepared->key);
    } else {
        while (later && later->before != prepared)
            later = later->before;
        if (later)
            later->before = prepared->before;
    }
    free_one(prepared);
    lock_release_brief(&pq_lock);
}

/* Locked. One that is pending is not touched: its own command decides. */
static void drop(struct pq_prepared *prepared)
{
    struct pq_prepared *newest = table_get(&names, prepared->key);

    if (prepared->pending)
        return;
    if (newest == prepared)
        table_remove(&names, prepared->key);
    for (; newest && newest != prepared; newest = newest->before) {
        if (newest->before == prepared)
            newest->before = NULL;
    }
    free_one(prepared);
}

void pq_prepared_drop(struct pq_connection *connection, uint64_t name)
{
    struct pq_prepared *prepared;

    if (!lock_take_briefly(&pq_lock))
        return;
    prepared = table_get(&names, key_of(connection, name));
    if (prepared)
        drop(prepared);
    lock_release_brief(&pq_lock);
}

void pq_prepared_drop_all(struct pq_connection *connection)
{
    struct pq_prepared *next;

    if (!lock_take_briefly(&pq_lock))
        return;
    for (struct pq_prepared *prepared = connection->prepared; prepared; prepared = next) {
        next = prepared->next;
        drop(prepared);
    }
    lock_release_brief(&pq_lock);
}
