/* Sockets that may be, or are, connections to a PostgreSQL server: which session each has. */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_SOCKETS_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_SOCKETS_H

#include "collectors/libc/streams.h"

extern const struct stream_reader sockets_reader;

/* The connection is somebody else's to watch (libpq's collector), or nobody's. Takes -1. */
void sockets_leave(int fd);

void sockets_reset_after_fork(void);

#endif
