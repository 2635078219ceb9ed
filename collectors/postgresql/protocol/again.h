/* Batches that come again: a client that executes one statement over and over sends the same messages each time (Parse or none,
 * Bind, Describe or none, Execute, Sync) that differ in values alone, and is answered by the same ones.
 *
 * Message by message that is some 700 instructions on 60 lines of the processor's cache, which the program has put out since the
 * last time. Here the batch is compared with those that were learned, the last one first, and one command stands for it all until
 * the answer has come, in one piece as it mostly does. Whatever else happens meanwhile, the commands that it stands for take its
 * place first (again_expand), and the ordinary way goes on. All of it with the session's lock; errno is the caller's.
 */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_AGAIN_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_AGAIN_H

#include "collectors/postgresql/protocol/session.h"

/* Parse or Bind; a simple query is sent by itself. */
static inline bool again_may_begin(const struct iovec *vector)
{
    const char *first = vector->iov_base;

    return vector->iov_len > 0 && (*first == 'B' || *first == 'P');
}

/* Whether all that was sent is such a batch; then its execution has begun. Else nothing has changed. Nothing is in flight, and
 * one was learned. */
bool again_sent(struct thread *thread, struct session *session, const uintptr_t *slot, uint64_t since, const struct iovec *vector,
                size_t size);

/* Of the same bytes, when they were none, and went the ordinary way. */
void again_learn(struct session *session, const struct iovec *vector, size_t size);

/* Whether what came is the whole answer to the batch; then its execution has ended. Else nothing has changed. session->folded. */
bool again_received(struct thread *thread, struct session *session, const struct iovec *vector, size_t size);

/* session->folded. */
COLD void again_expand(struct session *session);

#endif
