/* Runs a command under the agent, for a tool. One at a time. */
#ifndef NPLUS1_VIEWER_MCP_RUNNER_H
#define NPLUS1_VIEWER_MCP_RUNNER_H

#include <stdbool.h>

struct runner_result {
    int status;        /* as a shell says it: 128 + n for a signal */
    bool timed_out;    /* it was ended with all that it started */
    char *output;      /* the end of what it wrote to both outputs; to be freed */
    const char *paths; /* the directory of its recordings, which stays until runner_end */
};

/* NULL, or why not, to be freed. command ends with NULL. */
char *runner_run(char **command, unsigned timeout_s, struct runner_result *ret);

/* Signals that end a process let the server end: there is no next request, and what runs is ended. A client that is gone is no
 * signal. */
void runner_end_by_signals(void);

/* Removes the recordings. */
void runner_end(void);

#endif
