/* Streams whose bytes somebody wants to see: sockets that the program connects, as long as a collector follows them.
 *
 * All others pay one load for each call. What was sent or has come is read when the kernel has taken or filled it. Calls that
 * move bytes past the program (sendfile, splice) end the following.
 */
#ifndef NPLUS1_COLLECTORS_LIBC_STREAMS_H
#define NPLUS1_COLLECTORS_LIBC_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "agent/unit/descriptors.h"

struct thread;

/* What a collector of a protocol does. Any thread; errno is preserved by the caller. */
struct stream_reader {
    /* The program has connected a socket, or begins to. True: it shall be followed. */
    bool (*connected)(int fd, const struct sockaddr *address);

    /* Something will be sent; then that came to pass, of which `size` bytes were taken since a tick, none when it failed. slot:
     * where the program called from. */
    void (*sending)(int fd);
    void (*sent)(int fd, const struct iovec *vector, size_t count, size_t size, uint64_t since, const uintptr_t *slot);

    void (*received)(int fd, const struct iovec *vector, size_t count, size_t size);

    /* The other end is closed, and all that it sent has come; or it is lost. */
    void (*hung_up)(int fd);

    /* The descriptor is closed; or its bytes go ways that nobody sees (lost). */
    void (*ended)(int fd, bool lost);

    /* Somebody gets a descriptor of it through another socket (SCM_RIGHTS), by a number that nobody knows here. */
    void (*handed_on)(int fd);

    /* `copy` is the same stream. */
    void (*copied)(int fd, int copy);
};

extern HIDDEN const struct stream_reader *const stream_reader; /* defined by collectors/collectors.c */

static inline bool stream_is_followed(int fd)
{
    return descriptors_is(DESCRIPTOR_FOLLOWED, fd);
}

/* To be said by the reader, too, when it has seen enough. */
void stream_follow(int fd, bool is);

/* The calling thread has begun to connect a socket that a collector follows, and nobody knows yet what it will be: that is waited
 * for, as a database's answer is. False for what has become a database's connection, or something else. */
bool stream_is_connecting(struct thread *thread);

/* What came of a call that read: `size` as it returned; or that failed with ECONNRESET. errno is preserved. */
NOINLINE void stream_received(int fd, const struct iovec *vector, size_t count, ssize_t size, int flags);
COLD void stream_lost(int fd);

/* The function behind ours; NULL: there is none. errno is preserved. */
COLD void *stream_real(const char *name, void *_Atomic *known);

#endif
