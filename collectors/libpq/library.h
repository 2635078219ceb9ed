/* The copies of libpq in the process. See agent/loading/copies.h. */
#ifndef NPLUS1_COLLECTORS_LIBPQ_LIBRARY_H
#define NPLUS1_COLLECTORS_LIBPQ_LIBRARY_H

#include "collectors/libpq/api.h"
#include "agent/loading/copies.h"

struct pq_library {
    struct loaded_copy loaded;
    struct pq_api api;
};

extern struct client_library pq_library_kind;

#define PQ_WORDS_OF_CONNECTION 64
#define PQ_WORDS_OF_RESULT     25

/* The copy of a connection or a result; NULL: ask who calls. Both have, within their first words, the
 * address of their library's own receiver of notices, unless the program has put its own there (struct pg_conn, struct pg_result:
 * src/interfaces/libpq/libpq-int.h). */
static inline const struct pq_library *pq_library_of(const void *object, size_t words)
{
    return !object ? NULL : (const struct pq_library *)copies_pointed_to(&pq_library_kind, object, words);
}

static inline const struct pq_library *pq_library_for_caller(const char *name, const PGconn *conn, const uintptr_t *slot)
{
    const struct pq_library *library = pq_library_of(conn, PQ_WORDS_OF_CONNECTION);

    return library ? library : (const struct pq_library *)copies_for_caller(&pq_library_kind, name, slot);
}

/* For a call that makes a connection: a module's own data among what it passes tells whose call it is. */
static inline const struct pq_library *pq_library_for_open(const char *name, const uintptr_t *slot, const void *one,
                                                           const void *other)
{
    return (const struct pq_library *)copies_for_open(&pq_library_kind, name, slot, (const void *const[2]){one, other});
}

/* Where there is no library, or a copy lacks a function, that returns 0 or NULL, which is failure for all of them. */
static inline const struct pq_api *pq_library_for_call(const char *name, const PGconn *conn, const uintptr_t *slot)
{
    const struct pq_library *library = pq_library_of(conn, PQ_WORDS_OF_CONNECTION);

    return library ? &library->api : (const struct pq_api *)copies_for_call(&pq_library_kind, name, slot);
}

#endif
