#include "viewer/doctor/clients.h"

#include <string.h>

const struct doctor_client_row doctor_clients[DOCTOR_CLIENTS] = {
    [DOCTOR_SQLITE] =
        {
            .system = "sqlite",
            .library = "libsqlite3",
            .others = {"libsqlcipher"},
            .files = {"libsqlite3.so.0", "libsqlite3.so"},
            .symbols = {"sqlite3_step", "sqlite3_prepare", "sqlite3_prepare_v2", "sqlite3_prepare_v3", "sqlite3_exec",
                        "sqlite3_get_table", "sqlite3_prepare16_v2"},
            .texts = {"SQLite format 3", "another row available"},
            .dates_itself = true,
            .hidden_why = "a copy of SQLite is hidden inside, which exports no function that could be stood in for",
            .hidden_fix = "build it with the system's libsqlite3 (rusqlite: without `bundled`; go-sqlite3: tag libsqlite3; apsw: "
                          "python3-apsw; npm "
                          "sqlite3 instead of better-sqlite3)",
        },
    [DOCTOR_POSTGRESQL] =
        {
            .system = "postgresql",
            .library = "libpq",
            .files = {"libpq.so.5", "libpq.so"},
            .symbols = {"PQexec", "PQexecParams", "PQexecPrepared", "PQprepare", "PQsendQuery", "PQsendQueryParams",
                        "PQgetResult", "PQsendQueryPrepared"},
            .texts = {"missing \"=\" after \"%s\" in connection info string", "sslmode"},
            .hidden_why = "a copy of libpq is hidden inside, which exports no function that could be stood in for",
            .hidden_fix = "build it with the system's libpq",
            .speaks = true,
        },
};

/* Go lists the modules that it was built from, Rust the source files that can panic. Go makes its system calls itself. */
const struct doctor_own_driver doctor_own_drivers[] = {
    {"\ndep\tgithub.com/jackc/pgx", "Go's pgx (PostgreSQL)", DOCTOR_POSTGRESQL},
    {"\ndep\tgithub.com/lib/pq", "Go's lib/pq (PostgreSQL)", DOCTOR_POSTGRESQL},
    {"\ndep\tgithub.com/uptrace/bun/driver/pgdriver", "bun's pgdriver for Go (PostgreSQL)", DOCTOR_POSTGRESQL},
    {"\ndep\tgithub.com/go-pg/pg", "Go's go-pg (PostgreSQL)", DOCTOR_POSTGRESQL},
    {"\ndep\tgithub.com/ncruces/go-sqlite3", "Go's ncruces/go-sqlite3 (SQLite as WebAssembly)", DOCTOR_SQLITE},
    {"\ndep\tmodernc.org/sqlite", "Go's modernc.org/sqlite (SQLite translated to Go)", DOCTOR_SQLITE},
    {"/tokio-postgres-0.", "Rust's tokio-postgres (PostgreSQL)", DOCTOR_POSTGRESQL, true},
    {"/sqlx-postgres-0.", "Rust's sqlx (PostgreSQL)", DOCTOR_POSTGRESQL, true},
    {0},
};

int doctor_client_of_symbol(const char *name)
{
    for (int client = 0; client < DOCTOR_CLIENTS; client++) {
        for (int i = 0; i < 8 && doctor_clients[client].symbols[i]; i++) {
            if (strcmp(name, doctor_clients[client].symbols[i]) == 0)
                return client;
        }
    }
    return -1;
}
