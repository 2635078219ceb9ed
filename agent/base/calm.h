/* A calm section: what the agent does in it is neither interrupted by a signal handler of the program nor a cancellation point.
 *
 * A handler may call exit or siglongjmp, or run statements: in the middle of a section under a lock it would leave the lock
 * taken, or wait for its own thread for ever. Two system calls of some 100 ns, so not for what a known statement does. Nests;
 * signals that come meanwhile are delivered at the end of the outermost one. Any thread; errno is preserved.
 */
#ifndef NPLUS1_AGENT_BASE_CALM_H
#define NPLUS1_AGENT_BASE_CALM_H

void calm_begin(void);
void calm_end(void);

#endif
