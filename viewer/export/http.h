/* A body sent to an endpoint (libcurl). One thread at a time; waits for the answer, as long as the endpoint's timeout. */
#ifndef NPLUS1_VIEWER_EXPORT_HTTP_H
#define NPLUS1_VIEWER_EXPORT_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "viewer/export/endpoint.h"

#define HTTP_MISSING "libcurl is not there, without which nothing can be sent; write a file with -o"

/* Whether this was built with libcurl, and it is installed. */
bool http_is_there(void);

/* NULL when the collector took it, else why not, to be freed. */
char *http_post(const struct endpoint *endpoint, const void *body, size_t size);

#endif
