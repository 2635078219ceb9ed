/* Portals: statements with their values bound, from Bind until they are closed or their transaction ends, and how the rows of
 * results look.
 *
 * They belong to their connection, and are touched by whoever has its lock; shapes live as long as the process.
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_PORTAL_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_PORTAL_H

#include "agent/probe/probe.h"
#include "collectors/postgresql/statement/send.h"
#include "collectors/postgresql/statement/sql.h"

#define PORTALS_MAX 64 /* of one connection at once; more are executed without being known */

/* Columns of a result, of which as many are kept as a source has. */
struct shape {
    uint32_t count;
    struct shape_column {
        uint32_t type;
        char name[SOURCE_NAME];
    } column[];
};

struct portal {
    struct portal *next;
    uint64_t name;
    uint64_t statement;           /* pq_sql_name of its name */
    bool is_text;                 /* the unnamed statement, whose text the connection has */
    bool is_kept;                 /* the named one is its own (session_keep_text) */
    bool began;                   /* what Execute does again goes on */
    struct pq_prepared *prepared; /* the one of that name; NULL: there is none. As long as bound.found says */
    uint32_t values_bound;        /* how many bound.values has of the last Bind; UINT32_MAX: not known */
    struct pq_bound bound;
    uint64_t binary; /* bits: columns that come in binary */
    struct probe_execution execution;
};

struct portals {
    bool has_unnamed;
    uint32_t count; /* of those with names */
    struct portal *first;
    struct portal unnamed;
};

struct portal *portal_bind_named(struct portals *portals, uint64_t name);
struct portal *portal_find_named(const struct portals *portals, uint64_t name);
void portal_close(struct portals *portals, uint64_t name);
void portals_close_named(struct portals *portals);

/* The portal of that name, of which nothing but that is set; NULL: no memory, or too many. */
static inline struct portal *portal_bind(struct portals *portals, uint64_t name)
{
    struct portal *portal = &portals->unnamed;

    if (likely(name == PQ_SQL_UNNAMED))
        portals->has_unnamed = true;
    else if (!(portal = portal_bind_named(portals, name)))
        return NULL;
    portal->name = name;
    portal->began = portal->is_kept = false;
    return portal;
}

static inline struct portal *portal_find(struct portals *portals, uint64_t name)
{
    if (likely(name == PQ_SQL_UNNAMED))
        return likely(portals->has_unnamed) ? &portals->unnamed : NULL;
    return portal_find_named(portals, name);
}

static inline void portals_close_all(struct portals *portals)
{
    portals->has_unnamed = false;
    if (unlikely(portals->first != NULL))
        portals_close_named(portals);
}

/* A shape of these columns, the same for all that are alike; NULL: no memory. */
const struct shape *shape_intern(const struct shape_column *columns, uint32_t count);

void portal_reset_after_fork(void);

#endif
