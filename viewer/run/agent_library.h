/* Finds the agent: beside this program in a build tree, or where both are installed. */
#ifndef NPLUS1_VIEWER_RUN_AGENT_LIBRARY_H
#define NPLUS1_VIEWER_RUN_AGENT_LIBRARY_H

/* An absolute path that LD_PRELOAD can hold (no blank, no colon); the caller frees it. NULL when there is none. */
char *agent_library_find(void);

#endif
