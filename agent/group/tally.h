/* Tallies: what is counted of a group besides its counters, by kind and name: errors by the class of their SQLSTATE, bytes of
 * COPY.
 *
 * Most groups have none, so each is interned when it is first wanted: a record that says what is counted, and counters in place
 * for each thread. Belongs on the thread that the shard belongs to. What does not fit is left out, and counted so.
 */
#ifndef NPLUS1_AGENT_GROUP_TALLY_H
#define NPLUS1_AGENT_GROUP_TALLY_H

#include <stddef.h>
#include <stdint.h>

struct group_shard;
struct thread;

/* Values are those of enum TallyKind in nplus1.proto. */
enum tally_kind {
    TALLY_ERRORS = 1, /* executions that failed; name: SQLSTATE class, two characters */
    TALLY_BYTES_IN,   /* that COPY took from the program; no name */
    TALLY_BYTES_OUT,  /* that it gave to it */
};

/* name: of ASCII, need not be terminated, its first TALLY_NAME bytes count. */
#define TALLY_NAME 15
void tally_add(struct thread *thread, struct group_shard *shard, enum tally_kind kind, const char *name, size_t length,
               uint64_t amount);

void tally_reset_after_fork(void);

#endif
