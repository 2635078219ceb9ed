/* The part of libssl's interface that is interposed or called, once: everything else is made from this list.
 *
 * INTERPOSED(return type, name without SSL_, parameters); CALLED likewise. All are in 1.1.1 and 3:
 * docs.openssl.org/master/man3/SSL_write and SSL_read.
 */
#ifndef NPLUS1_COLLECTORS_OPENSSL_API_H
#define NPLUS1_COLLECTORS_OPENSSL_API_H

#ifndef __ASSEMBLER__ /* entries.S makes entries from the list */
#include <stddef.h>

#include "agent/loading/copies.h"

struct ssl_st;
#endif

#define SSL_INTERPOSED(X)                                                                                                        \
    X(int, write, (struct ssl_st * ssl, const void *data, int size))                                                             \
    X(int, read, (struct ssl_st * ssl, void *data, int size))                                                                    \
    X(int, write_ex, (struct ssl_st * ssl, const void *data, size_t size, size_t *ret_size))                                     \
    X(int, read_ex, (struct ssl_st * ssl, void *data, size_t size, size_t *ret_size))                                            \
    X(void, free, (struct ssl_st * ssl))

#define SSL_CALLED(X) X(int, get_wfd, (const struct ssl_st *ssl))

#ifndef __ASSEMBLER__
#define PROTOTYPE(type, name, parameters) type SSL_##name parameters;
SSL_INTERPOSED(PROTOTYPE)
#undef PROTOTYPE

struct ssl_api {
#define FIELD(type, name, parameters) type(*name) parameters;
    SSL_INTERPOSED(FIELD)
    SSL_CALLED(FIELD)
#undef FIELD
};

struct ssl_library {
    struct loaded_copy loaded;
    struct ssl_api api;
};

extern struct client_library ssl_library_kind;
#endif

#endif
