/* Databases: what a connection talks to, interned. */
#ifndef NPLUS1_AGENT_RECORDING_DATABASE_H
#define NPLUS1_AGENT_RECORDING_DATABASE_H

#include <stdbool.h>
#include <stdint.h>

struct sql_dialect;

/* Values are those of enum System in nplus1.proto. */
enum database_system { DATABASE_UNKNOWN = 0, DATABASE_SQLITE = 1, DATABASE_POSTGRESQL = 2 };

/* Lives as long as the process. Immutable but for id and generation (recording_lock). */
struct database {
    enum database_system system;
    bool is_remote; /* a statement is a round trip */
    bool is_memory; /* it has no file */
    uint32_t id;    /* in the recording of `generation` */
    uint32_t generation;
    const char *name, *host;
    const struct sql_dialect *dialect;
};

/* host may be NULL. NULL when memory is used up. Any thread; takes recording_lock. */
struct database *database_intern(enum database_system system, const char *name, const char *host);

/* As reports say it. */
const char *database_system_name(const struct database *database);

/* The id in the present recording, written to it if needed; 0: it does not fit. Locked. */
uint32_t database_record(struct database *database);

void database_reset_after_fork(void);

#endif
