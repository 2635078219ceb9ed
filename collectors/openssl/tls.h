/* Encrypted streams whose plain bytes somebody wants to see. All others pay a load and the search for their copy of the library.
 */
#ifndef NPLUS1_COLLECTORS_OPENSSL_TLS_H
#define NPLUS1_COLLECTORS_OPENSSL_TLS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/compiler.h"

/* What a collector of a protocol does. stream: the library's object, never read. Any thread; errno is preserved by the caller. */
struct tls_reader {
    /* `size` bytes were taken since a tick. fd: what the stream writes to; -1: not known. slot: where the program called from. */
    void (*sent)(const void *stream, int fd, const void *data, size_t size, uint64_t since, const uintptr_t *slot);
    void (*received)(const void *stream, const void *data, size_t size);
    void (*ended)(const void *stream);
};

extern const struct tls_reader *const tls_reader; /* defined by collectors/collectors.c */

/* How many streams are waited for or followed; the reader's. */
extern HIDDEN _Atomic uint32_t tls_wanted;

#endif
