/* The agent's core expects these of the table of collectors (collectors/collectors.c), besides its lists of walkers
 * (stack/walker.h), libraries (loading/copies.h) and claims (loading/loader.h). */
#ifndef NPLUS1_AGENT_PROBE_COLLECTORS_H
#define NPLUS1_AGENT_PROBE_COLLECTORS_H

/* In a fork's child, alone: the collectors' locks may have been held by other threads. */
void collectors_reset_after_fork(void);

/* The calling thread is new to the agent. */
struct thread;
void collectors_thread_entered(struct thread *thread);

/* The calling thread goes on after something was to be forgotten: what is unusual may have changed. */
void collectors_thread_forgot(struct thread *thread);

#endif
