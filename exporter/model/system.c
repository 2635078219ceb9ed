#include "exporter/model/system.h"

#include <string.h>

#include "exporter/stream/nplus1.pb-c.h"

static const struct system systems[] = {
    {
        .number = NPLUS1__SYSTEM__SYSTEM_SQLITE,
        .name = "sqlite",
        .library = "libsqlite3.so",
        .memory = ":memory:",
        .dialect = {.quotes_strings = true, .upserts_twice = true},
        .bulk_load = "",
        .batch = " (executemany, or one prepared statement)",
        .reuse = " (sqlite3_reset, or the driver's statement cache)",
        .open_transaction = "until then nobody else can write",
    },
    {
        .number = NPLUS1__SYSTEM__SYSTEM_POSTGRESQL,
        .name = "postgresql",
        .library = "libpq.so",
        .is_remote = true,
        .dialect = {.numbers_parameters = true, .has_arrays = true},
        .bulk_load = ", or COPY for thousands",
        .batch = " and sent as one batch (psycopg2: execute_values() or execute_batch(), psycopg 3: executemany(), JDBC: "
                 "executeBatch())",
        .reuse = "",
        .open_transaction = "until then its rows stay locked, and vacuum cannot remove what it may still see",
    },
};
static const struct system unknown = {
    .dialect = {.quotes_strings = true},
    .bulk_load = "",
    .batch = "",
    .reuse = "",
    .open_transaction = "until then others may have to wait",
};

const struct system *system_of(uint32_t number)
{
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        if (systems[i].number == number)
            return &systems[i];
    }
    return &unknown;
}

const struct system *system_named(const char *name)
{
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        if (strcmp(systems[i].name, name) == 0)
            return &systems[i];
    }
    return NULL;
}

bool system_is_library(const char *file_name)
{
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++) {
        if (strncmp(file_name, systems[i].library, strlen(systems[i].library)) == 0)
            return true;
    }
    return false;
}
