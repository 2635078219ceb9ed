/* SQL that makes, uses or drops a prepared statement by name: PREPARE, EXECUTE, DEALLOCATE, DISCARD ALL. Pure.
 *
 * Names compare as the server compares them: unquoted ones in lower case, NAMEDATALEN - 1 bytes of them
 * (www.postgresql.org/docs/current/sql-syntax-lexical.html).
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_STATEMENT_SQL_H
#define NPLUS1_COLLECTORS_POSTGRESQL_STATEMENT_SQL_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/base/hash.h"

#define PQ_NAME_MAX 63 /* bytes */

enum pq_sql_kind {
    PQ_SQL_PLAIN, /* none of the others */
    PQ_SQL_PREPARE,
    PQ_SQL_EXECUTE,
    PQ_SQL_DEALLOCATE,
    PQ_SQL_DEALLOCATE_ALL, /* and DISCARD ALL */
};

struct pq_sql {
    enum pq_sql_kind kind;
    uint64_t name;    /* pq_sql_name of the statement's name */
    const char *body; /* PREPARE: the statement itself, part of the text; EXECUTE: what follows the name */
    size_t length;
};

uint64_t pq_sql_name(const char *name, size_t length);

/* Of the empty name, which is a constant to the compiler. */
#define PQ_SQL_SEED    HASH_K1
#define PQ_SQL_UNNAMED hash_bytes("", 0, PQ_SQL_SEED)

/* The same of a name that is mostly empty. */
static inline uint64_t pq_sql_name_or_none(const char *name, size_t length)
{
    return likely(length == 0) ? PQ_SQL_UNNAMED : pq_sql_name(name, length);
}

void pq_sql_parse(const char *text, size_t length, struct pq_sql *ret);

#endif
