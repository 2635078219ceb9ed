/* Sending and closing: the functions of libc by which a program fills its sockets, interposed for the collectors of protocols.
 * Those that read are in waits.c. */
#include "collectors/libc/streams.h"

#include <errno.h>
#include <stdatomic.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/base/clock.h"
#include "agent/loading/real.h"
#include "agent/process/thread.h"
#include "agent/probe/probe.h"
#include "agent/unit/called.h"

#define VECTOR_MAX 1024 /* UIO_MAXIOV */

void *stream_real(const char *name, void *_Atomic *known)
{
    int saved_errno = errno;
    void *function = real_next(name);

    atomic_store_explicit(known, function, memory_order_relaxed);
    errno = saved_errno;
    return function;
}

void stream_follow(int fd, bool is)
{
    descriptors_put(DESCRIPTOR_FOLLOWED, fd, is);
}

bool stream_is_connecting(struct thread *thread)
{
    int fd = thread->connects - 1;

    if (likely(fd < 0))
        return false;
    if (stream_is_followed(fd) && !descriptors_is(DESCRIPTOR_DATABASE, fd))
        return true;
    thread->connects = 0;
    return false;
}

static bool has_room(const struct iovec *vector, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (vector[i].iov_len > 0)
            return true;
    }
    return false;
}

HOT void stream_received(int fd, const struct iovec *vector, size_t count, ssize_t size, int flags)
{
    int saved_errno = errno;

    if (unlikely(flags & (MSG_PEEK | MSG_OOB | MSG_ERRQUEUE))) /* no bytes of the stream, or such as come once more */
        return;
    if (unlikely(flags & MSG_TRUNC)) /* TCP throws them away */
        stream_reader->ended(fd, true);
    else if (likely(size > 0))
        stream_reader->received(fd, vector, count, (size_t)size);
    else if (has_room(vector, count))
        stream_reader->hung_up(fd);
    errno = saved_errno;
}

void stream_lost(int fd)
{
    int saved_errno = errno;

    stream_reader->hung_up(fd);
    errno = saved_errno;
}

/* A call that sends: `call` runs between the two. */
#define SENT(vector, count, call)                                                                                                \
    uint64_t since = clock_ticks();                                                                                              \
    ssize_t size;                                                                                                                \
    int saved_errno = errno;                                                                                                     \
                                                                                                                                 \
    stream_reader->sending(fd);                                                                                                  \
    errno = saved_errno;                                                                                                         \
    size = call;                                                                                                                 \
    saved_errno = errno;                                                                                                         \
    stream_reader->sent(fd, vector, count, size > 0 ? (size_t)size : 0, since, slot);                                            \
    errno = saved_errno;                                                                                                         \
    return size

#define REAL(name, type, parameters) ((type(*) parameters)real_of(#name, &name##_real))

static inline void *real_of(const char *name, void *_Atomic *known)
{
    void *function = atomic_load_explicit(known, memory_order_relaxed);

    return likely(function != NULL) ? function : stream_real(name, known);
}

#define KNOWN(name) void *function = atomic_load_explicit(&name##_real, memory_order_relaxed)

typedef void *_Atomic found; /* by name, once */

static found write_real, writev_real, send_real, sendto_real, sendmsg_real, sendmmsg_real, connect_real, close_real, dup_real,
    dup2_real, dup3_real, fcntl_real, fcntl64_real, sendfile_real, sendfile64_real, splice_real;

static NOINLINE HOT ssize_t write_followed(int fd, const void *data, size_t size_given, const uintptr_t *slot)
{
    const struct iovec vector = {(void *)(uintptr_t)data, size_given};

    if (!stream_is_followed(fd))
        return REAL(write, ssize_t, (int, const void *, size_t))(fd, data, size_given);
    SENT(&vector, 1, (REAL(write, ssize_t, (int, const void *, size_t))(fd, data, size_given)));
}

EXPORT HOT ssize_t write(int fd, const void *data, size_t size)
{
    KNOWN(write);

    called_writes(fd, size == sizeof(uint64_t));
    if (likely(!stream_is_followed(fd)) && likely(function != NULL))
        return ((ssize_t(*)(int, const void *, size_t))function)(fd, data, size);
    return write_followed(fd, data, size, STACK_SLOT);
}

static NOINLINE HOT ssize_t writev_followed(int fd, const struct iovec *vector, int count, const uintptr_t *slot)
{
    if (!stream_is_followed(fd))
        return REAL(writev, ssize_t, (int, const struct iovec *, int))(fd, vector, count);
    SENT(vector, (size_t)count, (REAL(writev, ssize_t, (int, const struct iovec *, int))(fd, vector, count)));
}

EXPORT HOT ssize_t writev(int fd, const struct iovec *vector, int count)
{
    KNOWN(writev);

    called_writes(fd, false);
    if (likely(!stream_is_followed(fd)) && likely(function != NULL))
        return ((ssize_t(*)(int, const struct iovec *, int))function)(fd, vector, count);
    return writev_followed(fd, vector, count, STACK_SLOT);
}

static NOINLINE HOT ssize_t send_followed(int fd, const void *data, size_t size_given, int flags, const uintptr_t *slot)
{
    const struct iovec vector = {(void *)(uintptr_t)data, size_given};

    if (!stream_is_followed(fd))
        return REAL(send, ssize_t, (int, const void *, size_t, int))(fd, data, size_given, flags);
    SENT(&vector, 1, (REAL(send, ssize_t, (int, const void *, size_t, int))(fd, data, size_given, flags)));
}

EXPORT HOT ssize_t send(int fd, const void *data, size_t size, int flags)
{
    KNOWN(send);

    called_writes(fd, true);
    if (likely(!stream_is_followed(fd)) && likely(function != NULL))
        return ((ssize_t(*)(int, const void *, size_t, int))function)(fd, data, size, flags);
    return send_followed(fd, data, size, flags, STACK_SLOT);
}

#define SENDTO (int, const void *, size_t, int, const struct sockaddr *, socklen_t)

static NOINLINE HOT ssize_t sendto_followed(int fd, const void *data, size_t size_given, int flags, const struct sockaddr *to,
                                            socklen_t length, const uintptr_t *slot)
{
    const struct iovec vector = {(void *)(uintptr_t)data, size_given};

    if (!stream_is_followed(fd))
        return REAL(sendto, ssize_t, SENDTO)(fd, data, size_given, flags, to, length);
    SENT(&vector, 1, (REAL(sendto, ssize_t, SENDTO)(fd, data, size_given, flags, to, length)));
}

EXPORT HOT ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to, socklen_t length)
{
    KNOWN(sendto);

    called_writes(fd, true);
    if (likely(!stream_is_followed(fd)) && likely(function != NULL))
        return ((ssize_t(*) SENDTO)function)(fd, data, size, flags, to, length);
    return sendto_followed(fd, data, size, flags, to, length, STACK_SLOT);
}

/* The kernel has read what it sent. */
static COLD void hand_on(const struct msghdr *message)
{
    int saved_errno = errno, fd;

    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR((struct msghdr *)(uintptr_t)message, part)) {
        size_t size = part->cmsg_len - CMSG_LEN(0);
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t at = 0; at + sizeof fd <= size; at += sizeof fd) {
            memcpy(&fd, CMSG_DATA(part) + at, sizeof fd);
            if (stream_is_followed(fd))
                stream_reader->handed_on(fd);
        }
    }
    errno = saved_errno;
}

static inline ssize_t handed_on(const struct msghdr *message, ssize_t size)
{
    if (unlikely(size >= 0 && message->msg_controllen > 0))
        hand_on(message);
    return size;
}

/* The kernel has read the header when it took bytes. */
static NOINLINE HOT ssize_t sendmsg_followed(int fd, const struct msghdr *message, int flags, const uintptr_t *slot)
{
    uint64_t since = clock_ticks();
    int saved_errno = errno;
    ssize_t size;

    if (stream_is_followed(fd))
        stream_reader->sending(fd);
    errno = saved_errno;
    size = REAL(sendmsg, ssize_t, (int, const struct msghdr *, int))(fd, message, flags);
    saved_errno = errno;
    if (stream_is_followed(fd))
        stream_reader->sent(fd, size > 0 ? message->msg_iov : NULL, size > 0 ? message->msg_iovlen : 0,
                            size > 0 ? (size_t)size : 0, since, slot);
    errno = saved_errno;
    return size;
}

EXPORT HOT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    KNOWN(sendmsg);

    called_writes(fd, true);
    if (likely(!stream_is_followed(fd)) && likely(function != NULL))
        return handed_on(message, ((ssize_t(*)(int, const struct msghdr *, int))function)(fd, message, flags));
    return handed_on(message, sendmsg_followed(fd, message, flags, STACK_SLOT));
}

static NOINLINE int sendmmsg_followed(int fd, struct mmsghdr *messages, unsigned count, int flags, const uintptr_t *slot)
{
    uint64_t since = clock_ticks();
    int result = REAL(sendmmsg, int, (int, struct mmsghdr *, unsigned, int))(fd, messages, count, flags), saved_errno = errno;

    for (int i = 0; i < result && stream_is_followed(fd); i++) {
        stream_reader->sending(fd);
        stream_reader->sent(fd, messages[i].msg_hdr.msg_iov, messages[i].msg_hdr.msg_iovlen, messages[i].msg_len, since, slot);
    }
    errno = saved_errno;
    return result;
}

EXPORT int sendmmsg(int fd, struct mmsghdr *messages, unsigned count, int flags)
{
    KNOWN(sendmmsg);

    if (likely(!stream_is_followed(fd)) && likely(function != NULL))
        return ((int (*)(int, struct mmsghdr *, unsigned, int))function)(fd, messages, count, flags);
    return sendmmsg_followed(fd, messages, count, flags, STACK_SLOT);
}

/* Bytes that no buffer of the program's holds. */
static void passed_by(int fd)
{
    int saved_errno = errno;

    if (unlikely(stream_is_followed(fd)))
        stream_reader->ended(fd, true);
    errno = saved_errno;
}

/* Offsets are 64 bits wide by either name; the header has one of them stand for the other. */
EXPORT ssize_t stream_sendfile(int to, int from, off64_t *offset, size_t size) __asm__("sendfile");
EXPORT ssize_t stream_sendfile64(int to, int from, off64_t *offset, size_t size) __asm__("sendfile64");

EXPORT ssize_t stream_sendfile(int to, int from, off64_t *offset, size_t size)
{
    passed_by(to);
    return REAL(sendfile, ssize_t, (int, int, off64_t *, size_t))(to, from, offset, size);
}

EXPORT ssize_t stream_sendfile64(int to, int from, off64_t *offset, size_t size)
{
    passed_by(to);
    return REAL(sendfile64, ssize_t, (int, int, off64_t *, size_t))(to, from, offset, size);
}

EXPORT ssize_t splice(int from, off64_t *from_offset, int to, off64_t *to_offset, size_t size, unsigned flags)
{
    passed_by(from);
    passed_by(to);
    return REAL(splice, ssize_t, (int, off64_t *, int, off64_t *, size_t, unsigned))(from, from_offset, to, to_offset, size,
                                                                                     flags);
}

/* The address has been read by the kernel when it connects. */
EXPORT int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    int result = REAL(connect, int, (int, const struct sockaddr *, socklen_t))(fd, address, length), saved_errno = errno;

    if (!thread_disabled && (result == 0 || saved_errno == EINPROGRESS)) {
        called_answered(fd); /* it was closed where that is not seen */
        descriptors_put(DESCRIPTOR_VISITOR, fd, false);
        if (stream_is_followed(fd))
            stream_reader->ended(fd, false);
        if (length >= (socklen_t)sizeof address->sa_family && stream_reader->connected(fd, address)) {
            stream_follow(fd, true);
            if (thread_self->alive)
                thread_self->connects = fd + 1;
        }
        errno = saved_errno;
    }
    return result;
}

static NOINLINE void forget(int fd)
{
    int saved_errno = errno;

    stream_reader->ended(fd, false);
    errno = saved_errno;
}

/* A visitor, who need not be answered any more. */
static void left(int fd)
{
    called_answered(fd);
    descriptors_left(fd);
}

static NOINLINE int close_known(int fd)
{
    if (!thread_runs_in_a_child()) {
        unsigned kind = descriptors_kind(fd);
        if (kind & DESCRIPTOR_COPY)
            descriptors_copy_closed(fd);
        if (kind & DESCRIPTOR_FOLLOWED)
            forget(fd);
        if (kind & DESCRIPTOR_VISITOR)
            left(fd);
    }
    return REAL(close, int, (int))(fd);
}

EXPORT int close(int fd)
{
    KNOWN(close);

    if (unlikely(descriptors_kind(fd) & (DESCRIPTOR_COPY | DESCRIPTOR_FOLLOWED | DESCRIPTOR_VISITOR)) ||
        unlikely(function == NULL))
        return close_known(fd);
    return ((int (*)(int))function)(fd);
}

static int copied(int fd, int copy)
{
    int saved_errno = errno;

    if (!thread_runs_in_a_child()) {
        descriptors_copied(fd, copy);
        if (copy >= 0 && unlikely(stream_is_followed(fd)))
            stream_reader->copied(fd, copy);
    }
    errno = saved_errno;
    return copy;
}

EXPORT int dup(int fd)
{
    return copied(fd, REAL(dup, int, (int))(fd));
}

/* What the number was before is closed, if the call succeeds. */
static int replaced(int fd, int copy)
{
    if (copy >= 0 && fd != copy && !thread_runs_in_a_child()) {
        if (unlikely(stream_is_followed(copy)))
            forget(copy);
        if (unlikely(descriptors_is(DESCRIPTOR_VISITOR, copy)))
            left(copy);
    }
    return fd != copy ? copied(fd, copy) : copy;
}

EXPORT int dup2(int fd, int copy)
{
    return replaced(fd, REAL(dup2, int, (int, int))(fd, copy));
}

EXPORT int dup3(int fd, int copy, int flags)
{
    return replaced(fd, REAL(dup3, int, (int, int, int))(fd, copy, flags));
}

/* The argument, if there is one, is a number or a pointer; libc takes it as a pointer, too. Both names do the same where offsets
 * are 64 bits wide. */
EXPORT int stream_fcntl(int fd, int command, void *argument) __asm__("fcntl");
EXPORT int stream_fcntl64(int fd, int command, void *argument) __asm__("fcntl64");

static inline int fcntl_copied(int fd, int command, int result)
{
    return unlikely(command == F_DUPFD || command == F_DUPFD_CLOEXEC) ? copied(fd, result) : result;
}

/* Locks of files come this way, several for each transaction of SQLite. */
#define FCNTL(name)                                                                                                              \
    static NOINLINE int name##_any(int fd, int command, void *argument)                                                          \
    {                                                                                                                            \
        return fcntl_copied(fd, command, REAL(name, int, (int, int, ...))(fd, command, argument));                               \
    }                                                                                                                            \
    EXPORT int stream_##name(int fd, int command, void *argument)                                                                \
    {                                                                                                                            \
        KNOWN(name);                                                                                                             \
                                                                                                                                 \
        if (likely((unsigned)command - 1 < F_DUPFD_CLOEXEC - 1) && likely(function != NULL)) /* F_DUPFD is 0 */                  \
            return ((int (*)(int, int, ...))function)(fd, command, argument);                                                    \
        return name##_any(fd, command, argument);                                                                                \
    }
_Static_assert(F_DUPFD == 0 && F_DUPFD_CLOEXEC > F_SETLKW, "what locks is between the two");
FCNTL(fcntl)
FCNTL(fcntl64)
