/* Sources: the values that lately came out of a group's result sets, column by column, so that a later parameter can be
 * recognised.
 *
 * One source per group and thread that was captured, the most recently executed first in the thread's list. When there are too
 * many, one goes that nothing ever came from. Each column keeps a hash set of its values, each with the number of the execution
 * that brought it last (its episode), in two generations: when the present one is full, the one before is dropped. Values are 32
 * bits of their salted hashes. Beside them stand the latest rows in their order (row_log.h).
 *
 * A long result that the program reads without asking for anything in between soon has nothing new to tell. Then only some of its
 * rows are taken in, the fewer the longer it goes on like that, until one brings something new (source_row). What is lost are
 * values that stand in those few rows alone.
 *
 * Bounded: SOURCE_MAX sources per thread, SOURCE_COLUMNS columns, two generations of SOURCE_VALUES values. Touched by its thread
 * only, allocates from the agent's memory, fails by keeping less.
 */
#ifndef NPLUS1_AGENT_SOURCE_SOURCE_H
#define NPLUS1_AGENT_SOURCE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/source/fanout.h"
#include "agent/source/row_log.h"

#define SOURCE_MAX      64
#define SOURCE_COLUMNS  64
#define SOURCE_VALUES   4096
#define SOURCE_GIVEN    4
#define SOURCE_ASKED    1024 /* episodes of which the connection is known */
#define SOURCE_FILTER   1024 /* bits */
#define SOURCE_NAME     48   /* bytes of a column's name that are kept, with the terminator */
#define SOURCE_QUIET    2048 /* rows without anything new, after which not every one is taken in; more than those of the log */
#define SOURCE_CHILDREN 4    /* that are remembered */
#define SOURCE_PASSED   63   /* rows in a row that are not taken in, at most */

struct group_shard;
struct thread;
struct transaction;
struct value_set;

struct source_column {
    struct value_set *now, *before;
    uint64_t numbers; /* small ones in the episode `numbers_of`: a bit each; 0 when it has had other values, too */
    uint32_t numbers_of;
    bool has_others;
    char name[SOURCE_NAME];
};

/* The values of an execution's own parameters, the first of them. */
struct source_given {
    uint32_t connection; /* source_connection */
    uint32_t count;
    uint64_t value[SOURCE_GIVEN];
};

/* How the rows of a result come. */
struct source_pace {
    uint64_t sequence; /* of the thread, at the row before: it changes with each statement of another group */
    uint32_t episode;  /* of the row before */
    uint32_t looks;    /* of the thread, at the last change of these */
    uint32_t quiet;    /* rows since one brought something new */
    uint32_t pass;     /* rows that are not taken in, from now on */
    uint32_t passed;   /* what that was at first */
    bool is_used;      /* values were asked for between two rows of a result: every row may be the one */
};

struct source {
    struct group_shard *shard; /* whose results these are; NULL: free */
    struct source *newer, *older;
    uint32_t serial;   /* changes when the source is given to another group */
    uint32_t episode;  /* number of the execution that is captured now, or was last; unique in the thread */
    uint32_t captures; /* executions captured so far */
    uint32_t values;   /* that they gave, saturates */
    uint32_t columns;
    uint64_t matched;                    /* bit per column: a parameter came from it */
    uint64_t echoes;                     /* bit per column: it gave back a value that the execution had been given */
    uint64_t tells;                      /* bit per column: it gave something else, too */
    uint64_t compared_known;             /* bit per column: candidate_may_count_own has asked the text, */
    uint64_t compared_else;              /* and each value in it is compared with another column */
    uint64_t filter[SOURCE_FILTER / 64]; /* bit per value that any column ever had, by hash */
    uint64_t began;                      /* ticks, when the episode did */
    uint32_t filled_in;                  /* the episode in which a generation was last completed */
    bool streaming;                      /* parameters came from it since then: its rows are used up as they come */
    bool truncated;                      /* some rows of the present episode did not fit */
    struct source_given given;           /* to the execution that is captured now, or was last */
    struct source_pace pace;
    const struct group_shard *child[SOURCE_CHILDREN]; /* those that began to find values in it last, */
    uint32_t children;                                /* of so many */
    struct fanout fanout;
    struct row_log log;
    struct source_column column[SOURCE_COLUMNS];
};

_Static_assert(SOURCE_COLUMNS <= 64, "sets of columns are bits");

struct sources {
    struct sources *next;  /* of another thread */
    struct thread *thread; /* whose they are */
    struct source *newest, *oldest;
    uint32_t count, last_serial;
    uint32_t unit;                   /* of the thread, when its last episode began */
    uint32_t first_episode;          /* of that unit */
    struct value_set *free_sets[4];  /* by their size */
    struct asked {                   /* the last episodes */
        uint32_t connection, source; /* source's serial */
    } asked[SOURCE_ASKED];
    struct source *_Atomic source[SOURCE_MAX]; /* the first `count` */
};

/* The source of a group's share, made the newest one, for an execution that begins to give rows. NULL: no memory. */
struct source *source_begin(struct thread *thread, struct group_shard *shard, const struct source_given *given);

/* A row of the execution with that number comes; its values follow. False: they are not wanted. */
bool source_row(struct thread *thread, struct source *source, uint32_t episode);

/* The usual row of a long result: whether it is passed over, as source_row would say. */
static inline bool source_passes(const struct source *source, uint32_t episode, uint64_t sequence)
{
    return source->pace.pass > 0 && source->pace.episode == episode && source->pace.sequence == sequence;
}

static inline void source_pass(struct source *source)
{
    source->pace.pass--;
}

/* Takes in the value of a column in a row of the execution with that number. False: it has no room for more rows of it. */
bool source_add(struct thread *thread, struct source *source, uint32_t episode, uint32_t column, uint64_t value);

/* How many different values the column has now, about. */
uint32_t source_distinct(const struct source *source, uint32_t column);

/* The source gave no rows in the thread's present unit of work: what is asked for there comes from elsewhere, and says nothing
 * against it. Where tasks take turns in a thread nobody knows. */
bool source_is_silent(const struct thread *thread, const struct source *source);

/* The sources of all threads: other threads' are only read. Their memory is never given back, so what is read is theirs, but may
 * be of another group, or half of it new. */
extern HIDDEN _Atomic uint32_t sources_count; /* threads that have any */
struct sources *sources_first(void);
void sources_reset_after_fork(void);

/* Whether the value stood in the column of another thread's source, and in which of its episodes. */
bool source_find_elsewhere(const struct source *source, uint32_t column, uint64_t value, uint32_t *ret_episode);

/* By which a connection is told from others. */
static inline uint32_t source_connection(const struct transaction *connection)
{
    return (uint32_t)((uintptr_t)connection >> 4);
}

/* What is kept of a value. */
static inline uint32_t source_short(uint64_t value)
{
    uint32_t v = (uint32_t)(value >> 32);

    return v ? v : 1;
}

static inline uint32_t source_filter_word(uint32_t value)
{
    return value / 64 % (SOURCE_FILTER / 64);
}

static inline uint64_t source_filter_bit(uint32_t value)
{
    return UINT64_C(1) << value % 64;
}

/* False: no column has it. */
static inline bool source_may_have(const struct source *source, uint64_t value)
{
    const uint32_t v = source_short(value);

    return (source->filter[source_filter_word(v)] & source_filter_bit(v)) != 0;
}

/* Whether the value stands in the column, whichever unit of work it is of. */
bool source_has(const struct source *source, uint32_t column, uint64_t value);

/* The columns in which it does: a bit each. */
uint64_t source_columns_with(const struct source *source, uint64_t value);

/* Whether the value stood in the column in the thread's present unit of work, or in what the connection that asks for it does,
 * and in which episode. */
bool source_find(const struct thread *thread, const struct source *source, uint32_t column, uint64_t value,
                 const struct transaction *connection, uint32_t *ret_episode);

/* Whether several connections are busy and another one than that which asks read the episode's rows. */
bool source_is_strange(const struct thread *thread, const struct source *source, const struct transaction *connection,
                       uint32_t episode);

#endif
