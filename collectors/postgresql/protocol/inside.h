/* Sessions inside of encrypted streams: found by the object of the library that encrypts (collectors/openssl/tls.h). */
#ifndef NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_INSIDE_H
#define NPLUS1_COLLECTORS_POSTGRESQL_PROTOCOL_INSIDE_H

#include "collectors/openssl/tls.h"

extern const struct tls_reader inside_reader;

void inside_reset_after_fork(void);

#endif
