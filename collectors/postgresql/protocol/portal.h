/* Portals: statements with their values bound, from Bind until they are closed or their transaction ends, and how the rows of
 * results look.
 *
 * They belong to their connection, and are touched by whoever has its lock; shapes live as long as the process.
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_PORTAL_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_PORTAL_H

#include "agent/probe/probe.h"
#include "collectors/postgresql/statement/send.h"

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
    uint64_t statement; /* pq_sql_name of its name */
    bool is_text;       /* the unnamed statement, whose text the connection has */
    bool began;         /* what Execute does again goes on */
    struct pq_bound bound;
    uint64_t binary; /* bits: columns that come in binary */
    struct probe_execution execution;
};

struct portals {
    struct portal *first;
    uint32_t count;
};

/* The portal of that name, made anew; NULL: no memory, or too many. */
struct portal *portal_bind(struct portals *portals, uint64_t name);

struct portal *portal_find(const struct portals *portals, uint64_t name);
void portal_close(struct portals *portals, uint64_t name);
void portals_close_all(struct portals *portals);

/* A shape of these columns, the same for all that are alike; NULL: no memory. */
const struct shape *shape_intern(const struct shape_column *columns, uint32_t count);

void portal_reset_after_fork(void);

#endif
