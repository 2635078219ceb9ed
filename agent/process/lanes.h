/* States of threads that a language's machine runs on the system's, now on this one and now on that (virtual threads of Java), or
 * of all that a machine does on several threads, where nobody can tell what is whose (Erlang's).
 *
 * What such a thread did before is told by its own state, not by that of whoever carries it: while it is in the agent,
 * thread_self is its lane's. There are LANES at the most, each for one at a time: one that has had nothing to do for a while
 * makes room for the next, and begins anew when it comes back. Where all are taken, or another thread stays in the task's own
 * one, the carrier's own state does, and what is counted is the same.
 *
 * No lock but that of thread.h for a new state. errno is preserved.
 */
#ifndef NPLUS1_AGENT_PROCESS_LANES_H
#define NPLUS1_AGENT_PROCESS_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/process/thread.h"

#define LANES 64

/* thread_enter_lane for a task that has one; else NULL. */
COLD struct thread *lanes_enter_again(struct thread *carrier, uint64_t task);

/* thread_enter_lane for a task that may have started others for some of its calls, or was started for one (struct lane_task).
 * Where it has no state of its own, `begins` says that it begins its work with this call; else it works for the one that started
 * it, and has the state of that one, if this has just been at work; and where it comes for the second time, it works for itself.
 */
COLD struct thread *lanes_enter_or_join(struct thread *carrier, const struct lane_task *task, bool begins);

/* Whether the task is the one that entered the lane which a thread has now. */
bool lanes_is_in(const struct thread *thread, uint64_t task);

/* A task that has no state yet has read what a visitor sent; and whether it has, for its lane. */
void lanes_note_asked(uint64_t task);
bool lanes_was_asked(const struct lane *lane);

void lanes_reset_after_fork(void);

#endif
