/* Sockets that may be, or are, connections to a PostgreSQL server: which session each has. */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_SOCKETS_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_SOCKETS_H

#include "collectors/libc/streams.h"
#include "collectors/postgresql/protocol/session.h"

extern const struct stream_reader sockets_reader;

/* The connection is somebody else's to watch (libpq's collector), or nobody's. Takes -1. */
void sockets_leave(int fd);

/* Takes a connection whose bytes are encrypted, and whose plain bytes nobody sees yet: this descriptor's, or any (-1). Its
 * descriptor; -1: there is none. *ret_host: where it goes. */
int sockets_take_encrypted(int fd, char ret_host[SESSION_NAME_MAX]);

void sockets_reset_after_fork(void);

#endif
