/* Which rows and columns of a result the program reads: of the first few executions of a group, one result at a time in a thread.
 *
 * A result is watched from its first row on. When another one takes its place meanwhile, what was read of it is not known, and
 * says nothing. Everything but the gate belongs to the thread that uses the result.
 *
 * Programs read each cell of each row, and most of the time nothing is watched: so a collector's reading functions only jump, to
 * the library's own functions while the gate is closed, and to those that call watch_read while it is open.
 */
#ifndef NPLUS1_AGENT_GROUP_WATCH_H
#define NPLUS1_AGENT_GROUP_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/process/thread.h"

#define WATCH_CAPTURES 16 /* executions of a group that are watched */

/* Where so many rows were all read, and more than a third of the columns, nothing is wrong: then only some rows, or results of a
 * few, are watched, which stand for the others, until one is not read. */
#define WATCH_ENOUGH  1024
#define WATCH_ROWS    63 /* that are passed over in a row */
#define WATCH_RESULTS 15

struct group_shard;

/* A collector's switch: lets its functions jump to where they can be watched, or past that. Any thread, no lock. */
struct watch_gate {
    void (*set)(bool open);
    _Atomic uint32_t misses; /* values read since somebody last read of what is watched, about */
};

/* Rows come one after the other, and the first one of an execution is next: what was not seen of an earlier one is no matter. */
void watch_first_row(struct thread *thread, const void *what);

/* Rows come one after the other: the next one of the result `what` is there. */
void watch_row(struct thread *thread, struct watch_gate *gate, const void *what, struct group_shard *shard, uint32_t columns);

/* A result with all its rows is there. */
void watch_rows(struct thread *thread, struct watch_gate *gate, const void *what, struct group_shard *shard, uint32_t columns,
                uint32_t rows);

/* Whether the next rows need not be watched, which are then counted with those that will be: at most so many times in a row. */
bool watch_passes(struct thread *thread, struct watch_gate *gate, const void *what, struct group_shard *shard, uint32_t rows,
                  uint32_t most);

/* The same when rows were passed over just now: at most `most` of them in a row. */
static inline bool watch_is_passing(const struct thread *thread, const struct group_shard *shard, uint32_t most)
{
    return thread->watched.passing == shard && thread->watched.passes < most;
}

static inline void watch_pass(struct thread *thread)
{
    thread->watched.passes++;
    thread->watched.passed++;
}

/* The program reads a value, while the gate is open. row: 0 where rows come one after the other. */
void watch_read(struct watch_gate *gate, const void *what, int row, int column);

/* The result is freed. */
void watch_freed(struct watch_gate *gate, const void *what);

/* What is read of the result cannot be seen: it says nothing. */
void watch_forget(const void *what);

#endif
