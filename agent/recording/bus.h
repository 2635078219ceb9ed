/* A recording that somebody cuts while it is mapped (truncate, cp /dev/null, a log rotation): the next store into it raises
 * SIGBUS, which kills. The agent answers for its own addresses, by memory that nobody reads, and for no others: what the program
 * set up for SIGBUS is called just as it would be, and is what the program is told (collectors/libc/signals.c).
 *
 * Not so in a thread that blocks SIGBUS, where the kernel kills whatever is set up, and while SIGBUS is ignored, which is left
 * alone.
 */
#ifndef NPLUS1_AGENT_RECORDING_BUS_H
#define NPLUS1_AGENT_RECORDING_BUS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* From now on these addresses are the recording's. Once for each recording. Locked. */
void bus_watch(void *start, size_t size);

/* Something of the recording is lost: nothing more can be written. Any thread. */
bool bus_is_lost(void);

/* What sigaction(2) does for SIGBUS; async-signal-safe. */
int bus_sigaction(const struct sigaction *action, struct sigaction *old);

/* The program sets SIGBUS up by a call that we do not follow: what it set up before is put back, and we are out of it. */
void bus_give_back(void);

#endif
