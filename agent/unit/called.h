/* Work that one thread hears and another one does: an event loop reads what a visitor asks for and has a thread of a pool do it,
 * which hears nobody itself. (Netty with an executor: Micronaut, gRPC, Vert.x; executors of asyncio and Tornado, AnyIO's threads:
 * FastAPI, Django behind ASGI, waitress; tokio's blocking threads.)
 *
 * While such a thread works for a visitor, that one has no answer. So when a visitor asks after all others had their answers,
 * what any thread of a pool does from then on is new work: its unit has ended. Where some have no answer all the time, under
 * load, nothing is certain: when somebody asks or is answered, and when the thread has waked the one that called it, counting
 * begins anew, but the rows that were read before may still be where the next parameters come from. A thread that hears visitors
 * itself is told by its own waits (descriptors.h). One that goes on asking the database while nobody waits for an answer works
 * for none of them, and only counts anew.
 *
 * Any thread, no lock, nothing is allocated; errno is preserved.
 */
#ifndef NPLUS1_AGENT_UNIT_CALLED_H
#define NPLUS1_AGENT_UNIT_CALLED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "agent/base/compiler.h"
#include "agent/process/thread.h"
#include "agent/unit/descriptors.h"

extern HIDDEN _Atomic uint32_t called_news; /* changes when a visitor asks, and when one has an answer */
extern HIDDEN _Atomic bool called_matters;  /* there are visitors, and statements */

/* The thread begins: what it does is for who has asked until now. */
void called_begin(struct thread *thread);

/* Somebody has connected. */
void called_accepted(void);

/* Who waits for an answer waits for the parent's. */
void called_reset_after_fork(void);

/* Whether there are news that called_settle has not seen; it is to be called before the thread's next execution is counted. */
static inline bool called_has_news(const struct thread *thread)
{
    return thread->called_news != atomic_load_explicit(&called_news, memory_order_relaxed);
}
COLD void called_settle(struct thread *thread);

/* Something was read from a visitor's descriptor; the visitor has an answer, or has left. Nothing where that matters to nobody.
 */
void called_asked(int descriptor);
void called_answered(int descriptor);

/* The calling thread writes to a descriptor. may_wake: what is written may be for whoever called it, who waits for a socket that
 * has no name (asyncio) or for an eventfd, to which eight bytes are written (libuv, tokio). */
COLD void called_wrote(int descriptor, bool may_wake);

static inline void called_writes(int descriptor, bool may_wake)
{
    if (unlikely(atomic_load_explicit(&called_matters, memory_order_relaxed)))
        called_wrote(descriptor, may_wake);
}

#endif
