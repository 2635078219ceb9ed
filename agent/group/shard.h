/* Groups: (statement, stack, database), the unit that is counted; and each thread's share of one. The data; group.h has what is
 * done with it.
 *
 * A unit of work (unit.h) costs nothing while it lasts: what happens in it is the difference of counters since its beginning.
 */
#ifndef NPLUS1_AGENT_GROUP_SHARD_H
#define NPLUS1_AGENT_GROUP_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/group/distinct.h"
#include "exporter/stream/counters.h"

struct database;
struct elsewhere;
struct lookout;
struct scope;
struct source;
struct statement;

struct group {
    uint64_t key; /* in the tables of groups: of statement, stack and database */
    uint32_t id;
    uint32_t stack;
    struct statement *statement;
    struct database *database;
    struct distinct distinct;
    struct elsewhere *_Atomic elsewhere; /* what its threads know of parents in other threads; NULL: nothing */
    _Atomic uint32_t reported;           /* what the last finding that was written says: GROUP_REPORTED */
};

#define GROUP_REPORTED(kind, confidence) ((uint32_t)(kind) << 8 | (uint32_t)(confidence))

/* Parts of hashes over the values of an execution: those in lists of several (0: none that is followed), and the others. */
struct group_lists {
    uint32_t listed, others;
    bool whole; /* each value is followed */
};

/* A thread's share of a group. Touched by that thread only. */
struct group_shard {
    uint64_t *counters; /* in the recording, see exporter/stream/counters.h */
    struct group *group;
    uint64_t *facts;         /* in the recording; NULL: there is nothing to say so far */
    uint64_t *visit;         /* in the recording: to the scope that it ran in last; NULL: none */
    uint64_t last_sequence;  /* thread->sequence when it ran last */
    uint64_t transaction;    /* serial of the one that it ran in last */
    uint32_t stay, writes;   /* of the thread, when it ran last */
    uint64_t look_in;        /* executions until provenance_look is called; 1: the next one */
    uint16_t unit_stamp;     /* of its own unit of work, for the distinct set */
    bool captures;           /* its rows are captured, see provenance_capture */
    bool lists_vary;         /* executions in a row have had different ones */
    uint32_t offset;         /* rows that its last execution skipped, as a part of the value; 0: none yet */
    struct source *source;   /* as a parent; NULL: none */
    struct lookout *lookout; /* as a child; NULL: none yet */
    union {
        struct {
            struct group_lists lists; /* of its last execution with a list of several */
            uint32_t lists_counted;   /* executions with it in a row that count as batched, */
            uint32_t lists_waiting;   /* and those that will, once there is another list */
        };
        uint64_t range_ends[2]; /* of its last execution, where no value is a list */
    };
};

static inline void group_count(struct group_shard *shard, enum counter field, uint64_t amount)
{
    *counters_word(shard->counters, field) += amount;
}

#endif
