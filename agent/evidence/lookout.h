/* A child's knowledge of where its values come from: the columns it compares, and the one it chose. Belongs to the
 * thread of its share. */
#ifndef NPLUS1_AGENT_EVIDENCE_LOOKOUT_H
#define NPLUS1_AGENT_EVIDENCE_LOOKOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/evidence/episodes.h"
#include "agent/source/source.h"
#include "agent/source/walk.h"
#include "agent/statement/statement.h"
#include "exporter/stream/sums.h"

struct group_shard;
struct thread;
struct transaction;
struct values;

#define CANDIDATES_FEW  4  /* columns that are compared for one child to begin with */
#define CANDIDATES_MOST 32 /* when these do not do */

/* An execution asks: where did these values come from? */
struct provenance_question {
    const struct statement_text *text;
    const struct values *values;
    const struct transaction *connection;
};

/* A column that held one of the child's values. */
struct candidate {
    struct source *source; /* NULL: unused */
    uint32_t serial;       /* of the source when this was noted */
    uint8_t column, slot;
    uint8_t fit;     /* how well the names fit, more is better */
    bool elsewhere;  /* another thread's source */
    bool is_end;     /* of a range */
    bool goes_on;    /* its rows went on where those of the chosen one of then ended, which had the serial `behind` */
    bool is_counted; /* it was the chosen one: what it met then is in its edge */
    bool varies;     /* it has met another value than the first one */
    bool is_spread;  /* several connections at once asked for what stands in one of its results */
    bool beside_is_said : 1;
    bool is_key : 1;      /* the slot is what an UPDATE's rows are found by, not what they are set to */
    uint16_t beside : 15; /* rows of the chosen column's in which this one has its own value, see choice.c */
    uint32_t matches;     /* of the child's searches */
    uint32_t strange;     /* of the matches: rows that another connection read, while several were busy */
    uint32_t searched;    /* the number of the search that matched last */
    uint32_t silent;      /* searches that say nothing against it: its source was not there yet, or gave nothing in their unit */
    uint32_t behind;
    uint32_t lately;     /* bits: of the last 32 searches, those that matched, the last one lowest */
    uint32_t met;        /* executions that its edge does not have yet: while another one was chosen, after that */
    uint64_t seen;       /* bit per value, by hash: different values, up to 64 */
    uint32_t first;      /* value that was met, the upper half */
    uint32_t connection; /* that asked last */
    struct walk walk;
    struct episodes episodes; /* of the searches */
};

/* An edge of the recording that the thread counts. */
struct lookout_edge {
    uint32_t id;        /* 0: it does not fit into the recording */
    uint64_t *counters; /* in the recording, or those of the thread that count for nothing; NULL: none */
};

/* A child's candidates, and the one it chose. */
struct lookout {
    uint32_t searches;
    uint32_t candidates; /* places for them */
    uint32_t weak;       /* the first place that may be given up in the present search, or one before it */
    uint32_t unit;       /* of the thread, when it searched last */
    uint32_t episode;    /* the thread's last one, when it searched last */
    uint32_t units;      /* in which it searched anew */
    uint64_t since;      /* executions of the child when its searches began, or began anew */
    struct candidate *candidate;
    uint32_t tag[CANDIDATES_MOST];     /* of each, see candidates.c */
    struct candidate *chosen;          /* NULL: none yet */
    uint64_t values[STATEMENT_SLOTS];  /* of its last search */
    uint64_t earlier[STATEMENT_SLOTS]; /* of the one before that; 0: there was none, or others came in between */
    uint32_t varied;                   /* bits: slots that have had different values in its searches */
    uint16_t nulls[STATEMENT_SLOTS];   /* searches in which the slot was NULL, or what it had said nothing */
    struct lookout_edge edge, second;
    uint64_t before[EDGE_LAST + 1]; /* what the chosen edge's counters have besides what its candidate adds up */
    uint64_t kept[EDGE_LAST + 1];   /* what they were when it was chosen */
    struct episodes episodes;       /* of the chosen one */
    uint64_t asked, asked_before;   /* the last values of the chosen one's slot; 0: none */
    uint32_t beside_of;             /* whose rows these are, see choice.c */
    uint16_t rows;                  /* of the chosen column, that were looked into for the other parameters */
    uint64_t searched_at;           /* executions of the child when it searched last */
    uint32_t gap;                   /* executions between the last two searches */
    uint64_t calm;                  /* executions until the next search */
    uint64_t misses;                /* in a row */
    struct candidate *moved_to;     /* at the last of these the value stood in its rows: another parent's; NULL: in none */
    uint32_t turns;                 /* misses in a row that moved to the same */
    uint32_t missed_since;          /* that are counted, of these misses */
    uint64_t missed;                /* in all, since it was chosen, when it could have had the value */
};

/* Different values that were met. Two may have one bit: where there are no more, one in 64 loops would be none. */
static inline uint32_t candidate_distinct(const struct candidate *candidate)
{
    uint32_t bits = (uint32_t)__builtin_popcountll(candidate->seen);

    return bits == 1 && candidate->varies ? 2 : bits;
}

/* Whether these are two at the least. */
static inline bool candidate_has_two(const struct candidate *candidate)
{
    return (candidate->seen & (candidate->seen - 1)) != 0 || (candidate->seen && candidate->varies);
}

static inline bool candidate_is_valid(const struct candidate *candidate)
{
    return candidate->source && candidate->source->serial == candidate->serial;
}

/* That of a share which has none, at one of its executions; NULL: no memory. It may be that of a share which ran once, long ago.
 */
struct lookout *lookout_create(struct thread *thread, struct group_shard *shard, uint64_t executions);

/* The edge that the share's parameters came over so far, and the share of its parent; false: none is known. */
bool lookout_edge(const struct group_shard *shard, struct edge_sums *ret, const struct group_shard **ret_parent);

#endif
