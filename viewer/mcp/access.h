/* Which recordings a client may have read: those below the working directory, those named on the command line, and what a tool
 * made. */
#ifndef NPLUS1_VIEWER_MCP_ACCESS_H
#define NPLUS1_VIEWER_MCP_ACCESS_H

#include <stdbool.h>

/* Adds a file or directory; the path is copied. One that is not there is left out. */
void access_allow(const char *path);

/* After this everything is allowed. */
void access_allow_all(void);

bool access_is_allowed(const char *path);

#endif
