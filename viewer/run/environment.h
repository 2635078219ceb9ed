/* The environment of a command that is to be watched. Between fork and exec. */
#ifndef NPLUS1_VIEWER_RUN_ENVIRONMENT_H
#define NPLUS1_VIEWER_RUN_ENVIRONMENT_H

/* Puts the agent before what LD_PRELOAD has already, and names the recording. */
void run_set_environment(const char *library, const char *output);

#endif
