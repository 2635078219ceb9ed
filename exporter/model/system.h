/* Database systems: a row each, with all that readers need to know of one. Static data, safe from any thread. */
#ifndef NPLUS1_EXPORTER_MODEL_SYSTEM_H
#define NPLUS1_EXPORTER_MODEL_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>

/* How a statement of several values is written. */
struct dialect {
    bool numbers_parameters; /* $1, $2, ...; else each is a ? */
    bool has_arrays;         /* a list of any length is one parameter: = any($1) */
    bool quotes_strings;     /* "text" can be a string, where no column has that name */
    bool upserts_twice;      /* one INSERT ... ON CONFLICT DO UPDATE may have a key in several of its rows */
};

struct system {
    uint32_t number;     /* enum System of nplus1.proto */
    const char *name;    /* "sqlite", ...; NULL: unknown */
    const char *library; /* file name of its client library, without version */
    bool is_remote;      /* each execution is a round trip */
    const char *memory;  /* the name of a database that has no file; NULL: there is none */
    struct dialect dialect;
    /* Parts of advice. */
    const char *bulk_load;        /* a way to insert thousands of rows, behind a list of others; "": none */
    const char *batch;            /* how drivers send many executions of one statement, behind "all of them in one transaction" */
    const char *reuse;            /* how to keep a prepared statement, in parentheses; "": nothing to say */
    const char *open_transaction; /* consequence of a transaction that stays open */
};

/* The row of a system; of an unknown one a row without a name. */
const struct system *system_of(uint32_t number);

/* By its name; NULL: there is none. */
const struct system *system_named(const char *name);

/* Whether a file of that name is a client library. */
bool system_is_library(const char *file_name);

#endif
