/* Waits: the functions of libc in which a program waits for input, interposed to tell a server's requests apart without its help
 * (agent/unit/descriptors.h). */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "agent/process/thread.h"
#include "agent/unit/called.h"
#include "agent/unit/descriptors.h"
#include "collectors/libc/streams.h"

/* An interposed function of libc: says what is waited for, and goes on to the real one with a jump, past a test alone where there
 * is nothing to say. Before the constructor has run nothing is known of any thread, and this does nothing but go on. */
#define WAIT(type, name, parameters, arguments, nothing, what)                                                                   \
    static void *_Atomic name##_real;                                                                                            \
    static NOINLINE HOT type name##_waits parameters                                                                             \
    {                                                                                                                            \
        void *function = atomic_load_explicit(&name##_real, memory_order_relaxed);                                               \
                                                                                                                                 \
        what;                                                                                                                    \
        if (unlikely(!function))                                                                                                 \
            function = stream_real(#name, &name##_real);                                                                         \
        return ((type(*) parameters)function)arguments;                                                                          \
    }                                                                                                                            \
    type name parameters;                                                                                                        \
    EXPORT HOT type name parameters                                                                                              \
    {                                                                                                                            \
        void *function = atomic_load_explicit(&name##_real, memory_order_relaxed);                                               \
                                                                                                                                 \
        if (likely(nothing) && likely(function != NULL))                                                                         \
            return ((type(*) parameters)function)arguments;                                                                      \
        return name##_waits arguments;                                                                                           \
    }

/* A client library waits for its own socket, which is the short way. */
#define NO_THREAD   (!thread_self->alive)
#define IS_DATABASE (NO_THREAD || descriptors_is(DESCRIPTOR_DATABASE, fd))

/* Nobody follows it, and it is not waited for; but a pool's thread reads what it was asked before it runs its first statement. */
static inline bool is_passed_by(unsigned kind)
{
    return !(kind & DESCRIPTOR_FOLLOWED) && (thread_self->alive ? kind & DESCRIPTOR_DATABASE : !(kind & DESCRIPTOR_VISITOR));
}

/* One that reads. What comes on a stream that somebody follows is shown to them. */
#define READ_WAITS(name, parameters, arguments, wait, vector, count, flags)                                                      \
    static void *_Atomic name##_real;                                                                                            \
    static NOINLINE HOT ssize_t name##_waits parameters                                                                          \
    {                                                                                                                            \
        void *function = atomic_load_explicit(&name##_real, memory_order_relaxed);                                               \
        unsigned kind = descriptors_kind(fd);                                                                                    \
        ssize_t result;                                                                                                          \
                                                                                                                                 \
        if (unlikely(NO_THREAD))                                                                                                 \
            thread_was_asked |= (kind & DESCRIPTOR_VISITOR) != 0;                                                                \
        else if (!(kind & DESCRIPTOR_DATABASE))                                                                                  \
            wait;                                                                                                                \
        if (unlikely(!function))                                                                                                 \
            function = stream_real(#name, &name##_real);                                                                         \
        if (!(kind & DESCRIPTOR_FOLLOWED)) {                                                                                     \
            if (likely(!(kind & DESCRIPTOR_VISITOR)))                                                                            \
                return ((ssize_t(*) parameters)function)arguments;                                                               \
            result = ((ssize_t(*) parameters)function)arguments;                                                                 \
            if (result > 0)                                                                                                      \
                called_asked(fd);                                                                                                \
            return result;                                                                                                       \
        }                                                                                                                        \
        result = ((ssize_t(*) parameters)function)arguments;                                                                     \
        if (result >= 0)                                                                                                         \
            stream_received(fd, vector, count, result, flags);                                                                   \
        else if (unlikely(errno == ECONNRESET))                                                                                  \
            stream_lost(fd);                                                                                                     \
        return result;                                                                                                           \
    }

#define READ(name, parameters, arguments, wait, vector, count, flags)                                                            \
    READ_WAITS(name, parameters, arguments, wait, vector, count, flags)                                                          \
    ssize_t name parameters;                                                                                                     \
    EXPORT HOT ssize_t name parameters                                                                                           \
    {                                                                                                                            \
        void *function = atomic_load_explicit(&name##_real, memory_order_relaxed);                                               \
                                                                                                                                 \
        if (likely(is_passed_by(descriptors_kind(fd))) && likely(function != NULL))                                              \
            return ((ssize_t(*) parameters)function)arguments;                                                                   \
        return name##_waits arguments;                                                                                           \
    }

#define PIECE (&(const struct iovec){data, size})

READ(recv, (int fd, void *data, size_t size, int flags), (fd, data, size, flags), descriptors_wait_on(fd), PIECE, 1, flags)
READ(recvfrom, (int fd, void *restrict data, size_t size, int flags, struct sockaddr *restrict from, socklen_t *restrict length),
     (fd, data, size, flags, from, length), descriptors_wait_on(fd), PIECE, 1, flags)
READ_WAITS(recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags), descriptors_wait_on(fd), message->msg_iov,
           message->msg_iovlen, flags)
READ(read, (int fd, void *data, size_t size), (fd, data, size), descriptors_note_read(fd), PIECE, 1, 0)
READ(readv, (int fd, const struct iovec *vector, int count), (fd, vector, count), descriptors_note_read(fd), vector,
     (size_t)count, 0)
/* What programs call that were built with _FORTIFY_SOURCE. */
READ(__recv_chk, (int fd, void *data, size_t size, size_t room, int flags), (fd, data, size, room, flags),
     descriptors_wait_on(fd), PIECE, 1, flags)
READ(__recvfrom_chk,
     (int fd, void *restrict data, size_t size, size_t room, int flags, struct sockaddr *restrict from,
      socklen_t *restrict length),
     (fd, data, size, room, flags, from, length), descriptors_wait_on(fd), PIECE, 1, flags)
READ(__read_chk, (int fd, void *data, size_t size, size_t room), (fd, data, size, room), descriptors_note_read(fd), PIECE, 1, 0)

static int accepted(int descriptor)
{
    if (descriptor >= 0)
        descriptors_accepted(descriptor);
    called_accepted();
    return descriptor;
}

static COLD void visitors_passed(struct msghdr *message)
{
    for (struct cmsghdr *each = CMSG_FIRSTHDR(message); each; each = CMSG_NXTHDR(message, each)) {
        if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = CMSG_LEN(0); at + sizeof(int) <= each->cmsg_len; at += sizeof(int)) {
            int descriptor;
            memcpy(&descriptor, (const char *)each + at, sizeof descriptor);
            if (descriptors_is_visit(descriptor))
                accepted(descriptor);
        }
    }
}

/* Another process has accepted somebody and passes the socket on: a cluster's worker hears visitors so. */
EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t result = recvmsg_waits(fd, message, flags);

    if (result >= 0 && unlikely(message->msg_controllen != 0))
        visitors_passed(message);
    return result;
}

/* Of several messages each is a piece of the stream. */
static void *_Atomic recvmmsg_real;

EXPORT int recvmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags, struct timespec *timeout)
{
    void *function = atomic_load_explicit(&recvmmsg_real, memory_order_relaxed);
    int result;

    if (!IS_DATABASE)
        descriptors_wait_on(fd);
    if (unlikely(!function))
        function = stream_real("recvmmsg", &recvmmsg_real);
    result = ((int (*)(int, struct mmsghdr *, unsigned, int, struct timespec *))function)(fd, messages, count, flags, timeout);
    for (int i = 0; i < result && unlikely(stream_is_followed(fd)); i++)
        stream_received(fd, messages[i].msg_hdr.msg_iov, messages[i].msg_hdr.msg_iovlen, messages[i].msg_len, flags);
    return result;
}

WAIT(int, select,
     (int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict failed, struct timeval *restrict timeout),
     (count, readable, writable, failed, timeout), NO_THREAD, descriptors_wait_on_selected(count, readable, writable))
WAIT(int, pselect,
     (int count, fd_set *restrict readable, fd_set *restrict writable, fd_set *restrict failed,
      const struct timespec *restrict timeout, const sigset_t *restrict mask),
     (count, readable, writable, failed, timeout, mask), NO_THREAD, descriptors_wait_on_selected(count, readable, writable))
/* A connection is made by an event loop for whoever will use it. */
static void wait_on_watched(int watcher, int timeout)
{
    if (!stream_is_connecting(thread_self))
        descriptors_wait_on_watched(watcher, timeout);
}

WAIT(int, epoll_wait, (int watcher, struct epoll_event *events, int most, int timeout), (watcher, events, most, timeout),
     NO_THREAD || descriptors_is_watching(watcher), wait_on_watched(watcher, timeout))
WAIT(int, epoll_pwait, (int watcher, struct epoll_event *events, int most, int timeout, const sigset_t *mask),
     (watcher, events, most, timeout, mask), descriptors_is_watching(watcher), wait_on_watched(watcher, timeout))
WAIT(int, epoll_pwait2, (int watcher, struct epoll_event *events, int most, const struct timespec *timeout, const sigset_t *mask),
     (watcher, events, most, timeout, mask), descriptors_is_watching(watcher), wait_on_watched(watcher, -1))
/* This one tells which instances wait for a database. */
WAIT(int, epoll_ctl, (int watcher, int operation, int fd, struct epoll_event *event), (watcher, operation, fd, event),
     !(descriptors_kind(fd) & (DESCRIPTOR_DATABASE | DESCRIPTOR_FOLLOWED)),
     descriptors_watch(operation != EPOLL_CTL_DEL ? watcher : -1, fd))

/* What is waited for is looked at afterwards: before, only the kernel can tell whether the array can be read. It leaves the
 * descriptors as they are. */
static int polled_were(const struct pollfd *polled, nfds_t count, int result)
{
    if ((likely(result >= 0) || errno == EINTR) && (count == 0 || !descriptors_is(DESCRIPTOR_DATABASE, polled->fd)))
        descriptors_wait_on_polled(polled, count);
    return result;
}

#define POLL(name, parameters, arguments)                                                                                        \
    EXPORT HOT int name parameters                                                                                               \
    {                                                                                                                            \
        static void *_Atomic real;                                                                                               \
        void *function = atomic_load_explicit(&real, memory_order_relaxed);                                                      \
                                                                                                                                 \
        if (unlikely(!function))                                                                                                 \
            function = stream_real(#name, &real);                                                                                \
        if (NO_THREAD)                                                                                                           \
            return ((int(*) parameters)function)arguments;                                                                       \
        return polled_were(polled, count, ((int(*) parameters)function)arguments);                                               \
    }

POLL(poll, (struct pollfd * polled, nfds_t count, int timeout), (polled, count, timeout))
POLL(ppoll, (struct pollfd * polled, nfds_t count, const struct timespec *timeout, const sigset_t *mask),
     (polled, count, timeout, mask))

EXPORT int accept(int fd, struct sockaddr *restrict address, socklen_t *restrict length)
{
    static void *_Atomic real;
    void *function = atomic_load_explicit(&real, memory_order_relaxed);

    descriptors_wait_for_visitor();
    if (unlikely(!function))
        function = stream_real("accept", &real);
    return accepted(((int (*)(int, struct sockaddr *, socklen_t *))function)(fd, address, length));
}

EXPORT int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags)
{
    static void *_Atomic real;
    void *function = atomic_load_explicit(&real, memory_order_relaxed);

    descriptors_wait_for_visitor();
    if (unlikely(!function))
        function = stream_real("accept4", &real);
    return accepted(((int (*)(int, struct sockaddr *, socklen_t *, int))function)(fd, address, length, flags));
}
