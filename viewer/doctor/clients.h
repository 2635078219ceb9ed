/* Client libraries that doctor recognises: a row each. Static data, safe from any thread. */
#ifndef NPLUS1_VIEWER_DOCTOR_CLIENTS_H
#define NPLUS1_VIEWER_DOCTOR_CLIENTS_H

#include <stdbool.h>

enum doctor_client { DOCTOR_SQLITE, DOCTOR_POSTGRESQL, DOCTOR_CLIENTS };

struct doctor_client_row {
    const char *system;     /* as reports name it: "sqlite" */
    const char *library;    /* base name without suffix: "libsqlite3" */
    const char *others[2];  /* libraries of another name that are built from it */
    const char *files[2];   /* names that programs give to dlopen, the most likely first */
    const char *symbols[8]; /* functions that no user of the library can do without */
    const char *texts[2];   /* stand inside every copy; one alone stands in programs that speak about it, too */
    bool dates_itself;      /* has the date of its source among its texts */
    const char *hidden_why; /* sentences about a copy that exports nothing */
    const char *hidden_fix;
    bool speaks; /* such a copy is followed by the protocol that it speaks through libc's sockets */
};

extern const struct doctor_client_row doctor_clients[DOCTOR_CLIENTS];

/* The library that a function's name belongs to; -1: none. */
int doctor_client_of_symbol(const char *name);

/* Drivers without a client library, by text that compilers leave in the programs that have them. */
struct doctor_own_driver {
    const char *mark, *name; /* NULL ends the list */
    enum doctor_client client;
    bool by_libc; /* it speaks to the server through libc's sockets */
};

extern const struct doctor_own_driver doctor_own_drivers[];

#endif
