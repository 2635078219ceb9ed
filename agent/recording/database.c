#include "agent/recording/database.h"

#include <string.h>

#include "agent/base/table.h"
#include "agent/recording/recording.h"
#include "agent/sql/dialect.h"

static struct table databases = TABLE_INIT; /* hash of system, name and host -> struct database; under recording_lock */
static uint32_t last_id;

/* A row for each system, by its number. */
static const struct {
    const char *name;
    bool is_remote;
    const struct sql_dialect *dialect;
} systems[] = {
    [DATABASE_UNKNOWN] = {"unknown", false, &dialect_generic},
    [DATABASE_SQLITE] = {"sqlite", false, &dialect_sqlite},
    [DATABASE_POSTGRESQL] = {"postgresql", true, &dialect_postgresql},
};

const char *database_system_name(const struct database *database)
{
    return systems[database->system].name;
}

static const char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = pool_alloc(&recording_pool, size);

    return copy ? memcpy(copy, text, size) : NULL;
}

struct database *database_intern(enum database_system system, const char *name, const char *host)
{
    uint64_t key = hash_bytes(name, strlen(name), system);
    struct database *database;

    if (!host)
        host = "";
    key = hash_bytes(host, strlen(host), key) | 2; /* 0 and 1 are reserved */
    lock_take(&recording_lock);
    database = table_get(&databases, key);
    if (!database) {
        if (table_reserve(&databases))
            database = pool_alloc(&recording_pool, sizeof *database);
        if (database) {
            database->system = system;
            database->is_remote = systems[system].is_remote;
            database->is_memory = strcmp(name, ":memory:") == 0;
            database->dialect = systems[system].dialect;
            database->name = copy_text(name);
            database->host = copy_text(host);
            if (!database->name || !database->host || !table_put(&databases, key, database))
                database = NULL;
        }
    }
    lock_release(&recording_lock);
    return database;
}

uint32_t database_record(struct database *database)
{
    Nplus1__Record record = NPLUS1__RECORD__INIT;
    Nplus1__Database message = NPLUS1__DATABASE__INIT;

    if (database->generation == recording_generation)
        return database->id;
    message.has_id = message.has_system = message.has_name = true;
    message.id = last_id + 1;
    message.system = (Nplus1__System)database->system;
    message.name.data = (uint8_t *)database->name;
    message.name.len = strlen(database->name);
    if (*database->host)
        message.host = (char *)database->host;
    record.database = &message;
    if (!recording_append(&record))
        return 0;
    database->id = ++last_id;
    database->generation = recording_generation;
    return database->id;
}

void database_reset_after_fork(void)
{
    last_id = 0;
}
