/* Values as the program reads them: PQgetvalue, and PQclear, after which it reads no more. One jump, see agent/group/watch.h.
 *
 * psycopg's C module reads the cells in the memory of the result, past PQgetvalue (transform.pyx of psycopg_c, struct
 * pg_result_int): as long as nobody in the process called PQgetvalue, that nothing was read is not known.
 */
#include "collectors/libpq/read.h"

#include <stdatomic.h>

#include "collectors/libpq/library.h"
#include "agent/probe/probe.h"

static _Atomic bool is_called; /* PQgetvalue was, while results were watched */

static char *watched_getvalue(const PGresult *result, int row, int column);
static void watched_clear(PGresult *result);

static char *(*target_getvalue)(const PGresult *result, int row, int column) = watched_getvalue;
static void (*target_clear)(PGresult *result) = watched_clear;

static const struct pq_library *only_library(void)
{
    return (const struct pq_library *)copies_only(&pq_library_kind);
}

/* With several copies a result knows better than the caller, whom a call in tail position hides. */
static const struct pq_library *library_of(const PGresult *result)
{
    const struct pq_library *only = only_library();

    return likely(only) ? only : pq_library_of(result, PQ_WORDS_OF_RESULT);
}

static char *watched_getvalue(const PGresult *result, int row, int column)
{
    const struct pq_library *library = library_of(result);

    atomic_store_explicit(&is_called, true, memory_order_relaxed);
    watch_read(&pq_read_gate, result, row, column);
    return (likely(library) ? &library->api : pq_library_for_call("PQgetvalue", NULL, STACK_SLOT))->getvalue(result, row, column);
}

static void watched_clear(PGresult *result)
{
    const struct pq_library *library = library_of(result);

    if (!atomic_load_explicit(&is_called, memory_order_relaxed))
        watch_forget(result);
    watch_freed(&pq_read_gate, result);
    (likely(library) ? &library->api : pq_library_for_call("PQclear", NULL, STACK_SLOT))->clear(result);
}

EXPORT char *PQgetvalue(const PGresult *result, int row, int column)
{
    return target_getvalue(result, row, column);
}

EXPORT void PQclear(PGresult *result)
{
    target_clear(result);
}

/* With several copies of the library it takes a look each time to know which one is meant. */
static void set(bool open)
{
    const struct pq_library *only = open ? NULL : only_library();

    __atomic_store_n(&target_getvalue, only ? only->api.getvalue : watched_getvalue, __ATOMIC_RELAXED);
    __atomic_store_n(&target_clear, only ? only->api.clear : watched_clear, __ATOMIC_RELAXED);
}

void pq_read_copy_added(void)
{
    set(true);
}

struct watch_gate pq_read_gate = {.set = set};
