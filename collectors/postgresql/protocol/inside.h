/* Sessions inside of encrypted streams: found by the object of the library that encrypts (collectors/openssl/tls.h). */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_INSIDE_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_INSIDE_H

#include "collectors/openssl/tls.h"

extern const struct tls_reader inside_reader;

/* What is inside of this connection is somebody else's to watch, who knows it now (libpq's collector). Takes -1. */
void inside_leave(int fd);

void inside_reset_after_fork(void);

#endif
