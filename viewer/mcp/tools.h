/* The tools that a client can call: what they are called, take and give. One thread. */
#ifndef NPLUS1_VIEWER_MCP_TOOLS_H
#define NPLUS1_VIEWER_MCP_TOOLS_H

#include <jansson.h>

/* The result of tools/list, on one line. */
extern const char *const tools_list;

/* Recordings that are meant when a call names none; kept. count 0: the newest of the working directory. */
void tools_start(char **paths, int count);

/* The result of tools/call, on one line, to be freed; NULL: there is no such tool. arguments: an object, or NULL. */
char *tools_call(const char *name, const json_t *arguments);

#endif
